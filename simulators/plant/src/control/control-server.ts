import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { MapperkitError } from "@mapperkit/api";
import { type Component, listen } from "@mapperkit/runtime";
import { parseFault } from "../faults/parse-fault.ts";
import type { FaultDesk } from "./fault-desk.ts";

export interface ControlOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly whenPortTaken: "fail" | "next";
}

const MAX_BODY_BYTES = 65_536;
const HTTP_STATUS: Readonly<Record<string, number>> = {
  invalid_input: 400,
  not_found: 404,
  conflict: 409,
  unsupported: 422,
};

/**
 * The simulators' desk over HTTP, on the loopback address only:
 *
 * - `GET /devices`, `GET /devices/NAMESPACE/NAME`: names; what a device shows, its true values
 * - `PUT /devices/NAMESPACE/NAME/PROPERTY`: turns a true value by hand; the body is JSON
 * - `GET /faults`, `POST /faults` with `{"device", "kind", …}`, `DELETE /faults/ID`
 */
export class ControlServer implements Component {
  readonly name = "simulator control";
  readonly #desk: FaultDesk;
  readonly #options: ControlOptions;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => refuse(response, error));
  });
  #port = 0;

  constructor(desk: FaultDesk, options: ControlOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** @throws MapperkitError `invalid_input` when it cannot listen there */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { port, whenPortTaken } = this.#options;
    this.#port = await listen(this.#server, { host: "127.0.0.1", port, whenTaken: whenPortTaken });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    refuseStrangers(request);
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const [what, ...rest] = path.split("/").slice(1).map(decodeURIComponent);
    const result = await this.#do(`${request.method} ${what}`, rest, request);
    response.writeHead(result === undefined ? 204 : 200, { "content-type": "application/json" });
    response.end(result === undefined ? undefined : `${JSON.stringify(result, asJson)}\n`);
  }

  async #do(what: string, rest: readonly string[], request: IncomingMessage): Promise<unknown> {
    const [first = "", second = "", property = ""] = rest;
    const device = `${first}/${second}`;
    switch (what) {
      case "GET faults":
        return this.#desk.list().map(asListed);
      case "POST faults": {
        const { device: wanted, ...fault } = Object(await bodyOf(request));
        return asListed(this.#desk.inject({ device: String(wanted), fault: parseFault(fault) }));
      }
      case "DELETE faults":
        this.#desk.undo(Number(first));
        return undefined;
      case "GET devices":
        return rest.length === 0 ? this.#desk.devices : this.#valuesOf(device);
      case "PUT devices":
        this.#desk.plant(device).set(property, await bodyOf(request));
        return undefined;
      default:
        throw new MapperkitError("not_found", `${what} is not here: ask for /devices or /faults`);
    }
  }

  #valuesOf(device: string): Record<string, unknown> {
    const plant = this.#desk.plant(device);
    return Object.fromEntries(plant.properties.map(({ name }) => [name, plant.get(name)]));
  }
}

function asListed({ id, device, fault, isThere }: ReturnType<FaultDesk["list"]>[number]) {
  return { id, device, ...fault, isThere };
}

/** A page in a browser must not reach this by a name that it made up. */
function refuseStrangers({ headers }: IncomingMessage): void {
  const host = headers.host?.replace(/:\d+$/, "");
  if (host === "127.0.0.1" || host === "localhost") return;
  throw new MapperkitError("invalid_input", "the Host header must be 127.0.0.1 or localhost");
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) throw new MapperkitError("invalid_input", "the body is too long");
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString()) as unknown;
  } catch (cause) {
    throw new MapperkitError("invalid_input", "the body is no JSON", { cause });
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  const status = error instanceof MapperkitError ? (HTTP_STATUS[error.code] ?? 500) : 500;
  const message = error instanceof Error ? error.message : String(error);
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(`${JSON.stringify({ error: message })}\n`);
}

function asJson(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}
