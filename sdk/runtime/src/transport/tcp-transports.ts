import { connect, type Socket } from "node:net";
import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "../time/clock.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import type { ByteStream, Transports } from "./transports.ts";

const CONNECT_TIMEOUT_MS = 10_000;
/** Unread bytes above which the socket is paused. */
const UNREAD_LIMIT = 65_536;

/** Streams over TCP. A connect takes 10 s at most. */
export function tcpTransports(clock: Clock): Transports {
  return {
    async tcp({ host, port, signal }) {
      const deadline = clock.timeout(CONNECT_TIMEOUT_MS);
      const stop = signal ? AbortSignal.any([signal, deadline]) : deadline;
      return new TcpStream(await connected(host, port, stop), `${host}:${port}`);
    },
  };
}

function connected(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    const onError = (cause: Error) => {
      signal.removeEventListener("abort", onAbort);
      const message = `${host}:${port} does not answer: ${cause.message}`;
      reject(new MapperkitError("unreachable", message, { cause, details: { host, port } }));
    };
    socket.once("error", onError);
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.removeListener("error", onError);
      resolve(socket);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

class TcpStream implements ByteStream {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #arrived: ChunkQueue;
  readonly #closed: Promise<void>;

  constructor(socket: Socket, peer: string) {
    this.#socket = socket;
    this.#peer = peer;
    this.#arrived = new ChunkQueue(() => socket.resume());
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    socket.on("data", (chunk: Buffer) => {
      this.#arrived.push(chunk);
      if (this.#arrived.byteCount > UNREAD_LIMIT) socket.pause();
    });
    socket.on("end", () => this.#arrived.end());
    socket.on("error", (cause) => this.#arrived.end(this.#broken(cause)));
    socket.on("close", () => {
      this.#arrived.end();
      resolve();
    });
  }

  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#socket.write(bytes, (cause) => {
        signal?.removeEventListener("abort", onAbort);
        if (cause) reject(this.#broken(cause));
        else resolve();
      });
    });
  }

  read(signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#arrived.read(signal);
  }

  close(): Promise<void> {
    // Bytes that the peer does not take must not hold the close.
    if (this.#socket.writableLength === 0) this.#socket.destroySoon();
    else this.#socket.destroy();
    return this.#closed;
  }

  #broken(cause: Error): MapperkitError {
    const message = `connection to ${this.#peer} broke: ${cause.message}`;
    return new MapperkitError("unreachable", message, { cause, details: { peer: this.#peer } });
  }
}
