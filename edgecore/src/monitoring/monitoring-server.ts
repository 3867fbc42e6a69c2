import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type Clock, type Component, type Log, listen, nodeHttp } from "@mapperkit/runtime";
import { type HealthCheck, runChecks } from "./health-check.ts";
import { PROMETHEUS_TEXT } from "./prometheus-text.ts";

export interface MonitoringServerParts {
  readonly host: string;
  /** 0 takes a free one */
  readonly port: number;
  readonly whenPortTaken: "fail" | "next";
  readonly metricsText: () => string;
  /** The process should be restarted when one of these fails. */
  readonly alive: readonly HealthCheck[];
  /** Mappers cannot be served as long as one of these fails. */
  readonly ready: readonly HealthCheck[];
  readonly clock: Clock;
  readonly log: Log;
}

const CHECK_LIMIT_MS = 2_000;
const TEXT = "text/plain; charset=utf-8";

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** `/metrics`, `/healthz` and `/readyz`: what a Prometheus, a supervisor and a person ask of the edge. */
export class MonitoringServer implements Component {
  readonly name = "monitoring";
  readonly #parts: MonitoringServerParts;
  #server: Server | undefined;
  #port = 0;

  constructor(parts: MonitoringServerParts) {
    this.#parts = parts;
  }

  /** The port on which it listens, once started. */
  get port(): number {
    return this.#port;
  }

  /** @throws MapperkitError `invalid_input` when the port is taken. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host, port, whenPortTaken, log } = this.#parts;
    const server = nodeHttp().createServer(
      (request, response) => void this.#serve(request, response),
    );
    this.#server = server;
    this.#port = await listen(server, { host, port, whenTaken: whenPortTaken });
    log.info("monitoring listens", { host, port: this.#port });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#answer(request);
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      ...(status === 405 && { allow: "GET, HEAD" }),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  async #answer({ url = "/", method }: IncomingMessage): Promise<Answer> {
    const [path, query = ""] = url.split("?", 2);
    const pages: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
      "/metrics": () => ({ status: 200, type: PROMETHEUS_TEXT, body: this.#parts.metricsText() }),
      "/healthz": () => this.#check(this.#parts.alive, query),
      "/readyz": () => this.#check(this.#parts.ready, query),
    };
    const page = Object.hasOwn(pages, path ?? "") ? pages[path ?? ""] : undefined;
    if (!page) {
      const body = `not found; there are ${Object.keys(pages).join(", ")}\n`;
      return { status: 404, type: TEXT, body };
    }
    if (method !== "GET" && method !== "HEAD") {
      return { status: 405, type: TEXT, body: `${method} is not allowed, only GET and HEAD\n` };
    }
    return page();
  }

  async #check(checks: readonly HealthCheck[], query: string): Promise<Answer> {
    const { clock } = this.#parts;
    const { isWell, lines } = await runChecks(checks, { clock, limitMs: CHECK_LIMIT_MS });
    const isVerbose = new URLSearchParams(query).has("verbose");
    const body = isWell && !isVerbose ? "ok\n" : `${lines.join("\n")}\n`;
    return { status: isWell ? 200 : 503, type: TEXT, body };
  }
}
