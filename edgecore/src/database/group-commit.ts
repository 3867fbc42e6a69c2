import type { Write } from "./statements.ts";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts all writes of one event-loop turn, and all that come while a commit is running, into one
 * transaction: an fdatasync costs the same for one row and for a thousand.
 */
export class GroupCommit {
  readonly #run: (writes: readonly Write[]) => Promise<void>;
  #writes: Write[] = [];
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #isRunning = false;

  constructor(run: (writes: readonly Write[]) => Promise<void>) {
    this.#run = run;
  }

  /**
   * Resolves when the writes are durable, in the order of the calls. When a commit fails, all that
   * waits behind it fails too: it was computed from values that the disk does not hold.
   */
  commit(writes: readonly Write[]): Promise<void> {
    return new Promise((resolve, reject) => {
      for (const write of writes) this.#writes.push(write);
      this.#waiting.push({ resolve, reject });
      this.#schedule();
    });
  }

  /** How many batches wait; those in the commit that is running are no longer among them. */
  get waiting(): number {
    return this.#waiting.length;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isRunning) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const writes = this.#writes;
    const waiting = this.#waiting;
    this.#writes = [];
    this.#waiting = [];
    this.#isRunning = true;
    try {
      await this.#run(writes);
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      const behind = this.#waiting;
      this.#writes = [];
      this.#waiting = [];
      for (const { reject } of [...waiting, ...behind]) reject(error);
    } finally {
      this.#isRunning = false;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
