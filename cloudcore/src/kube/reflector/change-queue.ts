import type { Log } from "@mapperkit/runtime";

const SLICE = 200;

/** Hands items to a handler outside the producer's loop, in order and in slices; full, it makes the producer wait. */
export class ChangeQueue<T> {
  readonly #handle: (item: T) => void;
  readonly #log: Log;
  readonly #limit: number;
  #items: T[] = [];
  #waiting: (() => void)[] = [];
  #isDraining = false;

  constructor(options: { handle: (item: T) => void; limit: number; log: Log }) {
    this.#handle = options.handle;
    this.#limit = options.limit;
    this.#log = options.log;
  }

  /** Resolves when there is room for the next one. */
  async push(item: T): Promise<void> {
    this.#items.push(item);
    this.#drainSoon();
    if (this.#items.length >= this.#limit)
      await this.#until(() => this.#items.length < this.#limit);
  }

  /** Resolves when every item so far was handled. */
  async idle(): Promise<void> {
    await this.#until(() => this.#items.length === 0);
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #drainSoon(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    setImmediate(() => this.#drainSlice());
  }

  #drainSlice(): void {
    for (const item of this.#items.splice(0, SLICE)) {
      try {
        this.#handle(item);
      } catch (error) {
        this.#log.error("a change could not be handled", { error });
      }
    }
    this.#isDraining = false;
    if (this.#items.length > 0) this.#drainSoon();
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
