import type { Change } from "../store/index.ts";

const MOST_CHANGES = 1000;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** Why a watch is ended by the server: its client reads too slowly, or its resource is served anew. */
export type CutReason = "slow" | "served-anew";

/** What a watch has still to send. Bounded: a client that reads too slowly loses its watch, not our memory. */
export class ChangeQueue {
  #changes: Change[] = [];
  #characters = 0;
  #wake: () => void = () => undefined;
  readonly #closed = new AbortController();

  /** Aborts when the watch must end; its reason is a CutReason. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get isEmpty(): boolean {
    return this.#changes.length === 0;
  }

  /** False when this was one too many: the watch is closed now. */
  push(change: Change): boolean {
    if (this.closed.aborted) return true;
    this.#changes.push(change);
    this.#characters += change.object.json.length;
    if (this.#changes.length > MOST_CHANGES || this.#characters > MOST_CHARACTERS) {
      this.#changes = [];
      this.close("slow");
      return false;
    }
    this.#wake();
    return true;
  }

  close(reason: CutReason): void {
    this.#closed.abort(reason);
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
