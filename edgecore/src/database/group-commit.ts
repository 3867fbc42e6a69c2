import type { Write } from "./statements.ts";
import { type FlatWrites, WriteBatch } from "./write-batch.ts";

/** One transaction that is being filled, and the promise that all who fill it share. */
class Group {
  readonly writes = new WriteBatch();
  readonly end = Promise.withResolvers<void>();
  size = 0;
}

/**
 * Puts all writes of one event-loop turn, and all that come while a commit is running, into one
 * transaction: an fdatasync costs the same for one row and for a thousand.
 */
export class GroupCommit {
  readonly #run: (writes: FlatWrites) => Promise<void>;
  #group = new Group();
  #isScheduled = false;
  #isRunning = false;

  constructor(run: (writes: FlatWrites) => Promise<void>) {
    this.#run = run;
  }

  /**
   * Resolves when the writes are durable, in the order of the calls. When a commit fails, all that
   * waits behind it fails too: it was computed from values that the disk does not hold.
   */
  commit(writes: readonly Write[]): Promise<void> {
    const group = this.#group;
    for (const write of writes) group.writes.add(write);
    group.size += 1;
    this.#schedule();
    return group.end.promise;
  }

  /** How many batches wait; those in the commit that is running are no longer among them. */
  get waiting(): number {
    return this.#group.size;
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
    const group = this.#take();
    this.#isRunning = true;
    try {
      await this.#run(group.writes.flat);
      group.end.resolve();
    } catch (error) {
      const behind = this.#take();
      group.end.reject(error);
      behind.end.reject(error);
      // Nobody may have come to wait behind it.
      if (behind.size === 0) behind.end.promise.catch(() => {});
    } finally {
      this.#isRunning = false;
      if (this.#group.size > 0) this.#schedule();
    }
  }

  #take(): Group {
    const group = this.#group;
    this.#group = new Group();
    return group;
  }
}
