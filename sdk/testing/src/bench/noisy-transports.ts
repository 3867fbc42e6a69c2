import type { ByteStream, Transports } from "@mapperkit/runtime";

/** What a bad line adds to every piece that arrives. */
export interface Noise {
  readonly where: "before" | "after";
  readonly bytes: Uint8Array;
}

/** Transports over which noise can be laid at any time: on what the mapper hears, not on what it says. */
export class NoisyTransports implements Transports {
  readonly #inner: Transports;
  noise: Noise | undefined;

  constructor(inner: Transports) {
    this.#inner = inner;
  }

  async tcp(target: Parameters<Transports["tcp"]>[0]): Promise<ByteStream> {
    const stream = await this.#inner.tcp(target);
    return {
      write: (bytes, signal) => stream.write(bytes, signal),
      read: (signal) => this.#heard(stream, signal),
      close: () => stream.close(),
    };
  }

  async *#heard(stream: ByteStream, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    for await (const bytes of stream.read(signal)) {
      if (!this.noise) yield bytes;
      else if (this.noise.where === "before") yield Buffer.concat([this.noise.bytes, bytes]);
      else yield Buffer.concat([bytes, this.noise.bytes]);
    }
  }
}
