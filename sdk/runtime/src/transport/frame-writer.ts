/** Larger batches only make the reader wait for its first message. */
const MAX_BATCH_BYTES = 256 * 1024;

/**
 * Gathers the envelopes of one loop turn into as few WebSocket frames as can be, where the other end
 * knows that; else each is a frame of its own, at once.
 */
export class FrameWriter {
  readonly #isBatching: boolean;
  readonly #write: (frame: string) => void;
  #pending: string[] = [];
  #pendingBytes = 0;
  #isPlanned = false;

  constructor(options: { isBatching: boolean; write: (frame: string) => void }) {
    this.#isBatching = options.isBatching;
    this.#write = options.write;
  }

  send(envelope: string): void {
    if (!this.#isBatching) {
      this.#write(envelope);
      return;
    }
    if (this.#pendingBytes + envelope.length > MAX_BATCH_BYTES) this.flush();
    this.#pending.push(envelope);
    this.#pendingBytes += envelope.length;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.flush();
    });
  }

  flush(): void {
    const batch = this.#pending;
    const [first] = batch;
    if (first === undefined) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#write(batch.length === 1 ? first : `[${batch.join(",")}]`);
  }
}
