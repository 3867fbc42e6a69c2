/** Where the lines of a watch go. */
export interface WatchOutput {
  /** False when the client should be given time to read. */
  write(bytes: Uint8Array): boolean;
  drained(signal: AbortSignal): Promise<void>;
}

const MOST_BYTES = 64 * 1024;

/** Sends several events at once where several wait, and no more than the client reads. */
export class EventWriter {
  readonly #output: WatchOutput;
  readonly #ends: AbortSignal;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(output: WatchOutput, ends: AbortSignal) {
    this.#output = output;
    this.#ends = ends;
  }

  /** Nothing more is to be sent. */
  get isOver(): boolean {
    return this.#ends.aborted;
  }

  async add(event: Buffer): Promise<void> {
    this.#waiting.push(event);
    this.#bytes += event.length;
    if (this.#bytes >= MOST_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const [first] = this.#waiting;
    if (first === undefined) return;
    // One event is sent as it is: its bytes are shared with other watches.
    const bytes = this.#waiting.length === 1 ? first : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    if (!this.#output.write(bytes)) await this.#output.drained(this.#ends);
  }
}
