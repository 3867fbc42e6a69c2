import { MapperkitError } from "@mapperkit/api";
import { ChunkQueue } from "./chunk-queue.ts";
import type { ByteStream, Transports } from "./transports.ts";

/** Streams that never leave the process, for tests under a virtual clock. */
export class MemoryTransports implements Transports {
  readonly #listeners = new Map<string, (stream: ByteStream) => void>();

  /**
   * Accepts connections to host and port until the returned function is called.
   * @throws MapperkitError `conflict` when somebody listens there already
   */
  listen(host: string, port: number, onConnect: (stream: ByteStream) => void): () => void {
    const address = `${host}:${port}`;
    if (this.#listeners.has(address)) {
      throw new MapperkitError("conflict", `somebody listens on ${address} already`);
    }
    this.#listeners.set(address, onConnect);
    return () => {
      if (this.#listeners.get(address) === onConnect) this.#listeners.delete(address);
    };
  }

  async tcp(target: { host: string; port: number; signal?: AbortSignal }): Promise<ByteStream> {
    const { host, port, signal } = target;
    signal?.throwIfAborted();
    const onConnect = this.#listeners.get(`${host}:${port}`);
    if (!onConnect) {
      throw new MapperkitError("unreachable", `${host}:${port} does not answer`, {
        details: { host, port },
      });
    }
    const [near, far] = pipe();
    onConnect(far);
    return near;
  }
}

function pipe(): [ByteStream, ByteStream] {
  const toFar = new ChunkQueue();
  const toNear = new ChunkQueue();
  return [new MemoryStream(toNear, toFar), new MemoryStream(toFar, toNear)];
}

class MemoryStream implements ByteStream {
  readonly #incoming: ChunkQueue;
  readonly #outgoing: ChunkQueue;

  constructor(incoming: ChunkQueue, outgoing: ChunkQueue) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#outgoing.isEnded) throw new MapperkitError("unreachable", "connection is closed");
    // The writer may use its buffer again.
    this.#outgoing.push(Uint8Array.from(bytes));
  }

  read(signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#incoming.read(signal);
  }

  async close(): Promise<void> {
    this.#outgoing.end();
    this.#incoming.end();
  }
}
