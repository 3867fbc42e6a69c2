import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Clock, type Log, listen, type Random } from "@mapperkit/runtime";
import type { FaultBook } from "@mapperkit/sim-plant";
import { MessageSplitter } from "./message-splitter.ts";

export interface RelayParts {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly whenPortTaken: "fail" | "next";
  /** Where the server itself listens. */
  readonly innerPort: () => number;
  /** What the devices behind it suffer. */
  readonly faults: () => Iterable<FaultBook>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isDeaf: boolean;
}

const PIECE_GAP_MS = 1;
const DEFAULT_NOISE = 3;

/** The port that clients see, in front of the server's own: what befalls a link befalls it here. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #pairs = new Set<Pair>();
  #server: Server | undefined;
  #shut = 0;
  /** Opening and closing, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  port = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** @throws MapperkitError `invalid_input` when it cannot listen there */
  async open(): Promise<void> {
    await this.#listen(this.#parts.port, this.#parts.whenPortTaken);
  }

  /** Drops all connections, and takes none until the result is called. */
  shut(): () => void {
    this.#shut += 1;
    this.drop();
    return onlyOnce(() => {
      this.#shut -= 1;
    });
  }

  refuse(): () => void {
    this.#inTurn(() => this.#close());
    return onlyOnce(() => this.#inTurn(() => this.#listen(this.port, "fail")));
  }

  deafen(): void {
    for (const pair of this.#pairs) pair.isDeaf = true;
  }

  drop(): void {
    for (const { client } of this.#pairs) client.destroy();
  }

  async close(): Promise<void> {
    this.#inTurn(() => this.#close());
    await this.#turn;
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.#parts.log.error("simulated port cannot be opened again", { port: this.port, error });
    });
  }

  async #listen(port: number, whenTaken: "fail" | "next"): Promise<void> {
    const server = createServer({ noDelay: true }, (client) => this.#serve(client));
    this.port = await listen(server, { host: this.#parts.host, port, whenTaken });
    this.#server = server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, "close");
    server?.close();
    this.drop();
    await closed;
  }

  #serve(client: Socket): void {
    if (this.#shut > 0) {
      client.destroy();
      return;
    }
    const server = connect({ host: "127.0.0.1", port: this.#parts.innerPort(), noDelay: true });
    const pair: Pair = { client, server, isDeaf: false };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on("error", end);
      socket.on("close", end);
    }
    client.on("data", (bytes: Buffer) => {
      if (!pair.isDeaf && !server.write(bytes)) client.pause();
    });
    server.on("drain", () => client.resume());
    this.#answer(pair);
  }

  /** Answers leave in their order, as badly as the faults will have it. */
  #answer(pair: Pair): void {
    const { client, server } = pair;
    const splitter = new MessageSplitter();
    let turn = Promise.resolve();
    client.on("drain", () => server.resume());
    server.on("data", (bytes: Buffer) => {
      for (const message of splitter.take(bytes)) {
        turn = turn.then(() => this.#send(pair, message)).catch(() => undefined);
      }
    });
  }

  async #send(pair: Pair, message: Buffer): Promise<void> {
    const { clock, random } = this.#parts;
    const { client, server } = pair;
    if (pair.isDeaf || this.#striking("silent")) return;
    if (this.#striking("drop")) {
      client.destroy();
      return;
    }
    const latency = this.#striking("latency");
    if (latency) {
      await clock.sleep(Math.max(0, random.normal(latency.ms, latency.jitter ?? 0)));
    }
    const bytes = this.#spoilt(message);
    const size = Math.max(1, this.#striking("split")?.bytes ?? bytes.length);
    for (let from = 0; from < bytes.length && !client.destroyed; from += size) {
      if (from > 0) await clock.sleep(PIECE_GAP_MS);
      if (!client.write(bytes.subarray(from, from + size))) server.pause();
    }
  }

  #spoilt(message: Buffer): Buffer {
    const garbage = this.#striking("garbage");
    const noise = Buffer.alloc(garbage ? (garbage.bytes ?? DEFAULT_NOISE) : 0, 0x55);
    const isCut = this.#striking("truncate") !== undefined;
    const half = isCut ? message.subarray(0, Math.floor(message.length / 2)) : message;
    return Buffer.concat([noise, half]);
  }

  #striking<K extends Parameters<FaultBook["striking"]>[0]>(kind: K) {
    for (const faults of this.#parts.faults()) {
      const fault = faults.striking(kind);
      if (fault) return fault;
    }
    return undefined;
  }
}

function onlyOnce(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}
