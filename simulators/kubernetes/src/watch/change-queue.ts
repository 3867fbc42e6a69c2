import type { Change } from "../store/index.ts";

const MOST_CHANGES = 1000;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** What a watch has still to send. Bounded: a client that reads too slowly loses its watch, not our memory. */
export class ChangeQueue {
  #changes: Change[] = [];
  #characters = 0;
  #wake: () => void = () => undefined;
  #isClosed = false;

  /** The watch must end: too much waits, or its resource is served in another way now. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  push(change: Change): void {
    if (this.#isClosed) return;
    this.#changes.push(change);
    this.#characters += change.object.json.length;
    if (this.#changes.length > MOST_CHANGES || this.#characters > MOST_CHARACTERS) {
      this.#isClosed = true;
      this.#changes = [];
    }
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Everything that waits; the queue is empty afterwards. */
  take(): Change[] {
    const changes = this.#changes;
    this.#changes = [];
    this.#characters = 0;
    return changes;
  }

  /** Resolves at the next push or wake. */
  waiting(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  wake(): void {
    this.#wake();
  }
}
