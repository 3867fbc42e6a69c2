import type { Log } from "@mapperkit/runtime";
import type { Kept, KeptChange, SessionJournal } from "./session-journal.ts";

type Key = Pick<Kept, "kind" | "owner" | "id">;

/**
 * Writes what has changed in a turn of the event loop, and all that changes while a commit is
 * running, in one transaction; what came and went within it costs one deletion. What the disk
 * refused is tried again with what comes next.
 */
export class JournalWriter {
  readonly #journal: SessionJournal;
  readonly #log: Log;
  #changes = new Map<string, KeptChange>();
  #next: PromiseWithResolvers<void> | undefined;
  #running: Promise<void> | undefined;
  #isRefused = false;

  constructor(journal: SessionJournal, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  put(kept: Kept): void {
    this.#note(kept, { put: kept });
  }

  drop(key: Key): void {
    this.#note(key, { drop: key });
  }

  /** Resolves when all that was told so far survives a loss of power. @throws what the disk says */
  durable(): Promise<void> {
    if (this.#changes.size > 0) return this.#group();
    return this.#running ?? Promise.resolve();
  }

  /** Like `durable`, for what is served even when it cannot be written. */
  async tried(): Promise<void> {
    await this.durable().catch(() => {});
  }

  #note({ kind, owner, id }: Key, change: KeptChange): void {
    this.#changes.set(`${kind}\n${owner}\n${id}`, change);
    void this.#group();
  }

  /** The end of the transaction that will hold the present changes. */
  #group(): Promise<void> {
    if (!this.#next) {
      this.#next = Promise.withResolvers();
      // Whoever waits for it hears of it.
      this.#next.promise.catch(() => {});
      if (!this.#running) setImmediate(() => this.#begin());
    }
    return this.#next.promise;
  }

  #begin(): void {
    const group = this.#next;
    if (!group) return;
    const changes = this.#changes;
    this.#changes = new Map();
    this.#next = undefined;
    this.#running = group.promise;
    this.#journal.commit([...changes.values()]).then(
      () => {
        this.#isRefused = false;
        this.#end();
        group.resolve();
      },
      (error: unknown) => {
        this.#tell(error);
        // What has changed since then is newer.
        this.#changes = new Map([...changes, ...this.#changes]);
        this.#end();
        group.reject(error);
      },
    );
  }

  #end(): void {
    this.#running = undefined;
    if (this.#next) setImmediate(() => this.#begin());
  }

  #tell(error: unknown): void {
    if (!this.#isRefused) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.error("MQTT sessions not written, a restart will lose them", { error: reason });
    }
    this.#isRefused = true;
  }
}
