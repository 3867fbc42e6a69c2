/** Bytes that arrived and were not read yet. One reader at a time; what a reader leaves, the next one gets. */
export class ChunkQueue {
  readonly #chunks: Uint8Array[] = [];
  readonly #onDrained: () => void;
  #byteCount = 0;
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param onDrained called when a reader has taken everything */
  constructor(onDrained: () => void = () => {}) {
    this.#onDrained = onDrained;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  push(chunk: Uint8Array): void {
    if (this.#end || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#byteCount += chunk.length;
    this.#wake?.();
  }

  /** No more bytes. With an error, readers get it after the bytes that came before. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  /** Ends with the stream. @throws the stream's error, or the signal's reason */
  async *read(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#byteCount -= chunk.length;
        if (this.#byteCount === 0) this.#onDrained();
        yield chunk;
      } else if (this.#end) {
        if ("error" in this.#end) throw this.#end.error;
        return;
      } else {
        await this.#arrival(signal);
      }
    }
  }

  #arrival(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener("abort", wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal?.addEventListener("abort", wake, { once: true });
    });
  }
}
