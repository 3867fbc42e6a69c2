import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { MapperkitError } from "@mapperkit/api";
import { type Component, type Log, listen } from "@mapperkit/runtime";
import { LineSplitter } from "./line-splitter.ts";

export interface LineServerOptions {
  readonly name: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly whenPortTaken: "fail" | "next";
  /** Longest line that is read, without its end; default 256. */
  readonly maxLineBytes?: number;
  /** The reply to one line, without its end. */
  readonly answer: (line: string) => string;
  readonly log: Log;
}

const DEFAULT_MAX_LINE_BYTES = 256;

/** A device on TCP that answers each line with one line, in order, for any number of clients. */
export class LineServer implements Component {
  readonly name: string;
  readonly #options: LineServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port: number | undefined;

  constructor(options: LineServerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) =>
      this.#serve(socket),
    );
  }

  /** Where it listens. @throws MapperkitError `conflict` before it was started */
  get port(): number {
    if (this.#port !== undefined) return this.#port;
    throw new MapperkitError("conflict", `${this.name} has no port before it is started`);
  }

  get clientCount(): number {
    return this.#sockets.size;
  }

  /** @throws MapperkitError `invalid_input` when it cannot listen there */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host, port, whenPortTaken } = this.#options;
    this.#port = await listen(this.#server, { host, port, whenTaken: whenPortTaken });
    this.#server.on("error", (error) => {
      this.#options.log.error("listening broke", { component: this.name, error });
    });
  }

  async stop(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, "close") : undefined;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    const splitter = new LineSplitter(this.#options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES);
    this.#sockets.add(socket);
    socket.on("data", (bytes: Buffer) => {
      const lines = splitter.push(bytes);
      if (lines.length === 0) return;
      const replies = lines.map((line) =>
        line === "too long" ? "ERR line too long" : this.#answer(line.text),
      );
      // A client that asks and never reads must not fill the memory.
      if (!socket.write(`${replies.join("\n")}\n`)) socket.pause();
    });
    socket.on("drain", () => socket.resume());
    // Clients come and go, cleanly or not: a device does not mind.
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #answer(line: string): string {
    try {
      return this.#options.answer(line);
    } catch (error) {
      this.#options.log.error("command failed", { component: this.name, error });
      return "ERR device fault";
    }
  }
}
