import type { Log } from "@mapperkit/runtime";
import type { Kept, KeptChange, SessionJournal } from "./session-journal.ts";

/**
 * Writes what has changed in a turn of the event loop in one transaction; what came and went within
 * it costs one deletion. A disk that refuses costs the sessions their survival, not their service.
 */
export class JournalWriter {
  readonly #journal: SessionJournal;
  readonly #log: Log;
  #changes = new Map<string, KeptChange>();
  #written: Promise<void> | undefined;
  #isRefused = false;

  constructor(journal: SessionJournal, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  put(kept: Kept): void {
    this.#note(kept, { put: kept });
  }

  drop(key: Pick<Kept, "kind" | "owner" | "id">): void {
    this.#note(key, { drop: key });
  }

  /** Resolves when all that was told so far is written, or could not be; never rejects. */
  written(): Promise<void> {
    return this.#written ?? Promise.resolve();
  }

  #note({ kind, owner, id }: Pick<Kept, "kind" | "owner" | "id">, change: KeptChange): void {
    this.#changes.set(`${kind}\n${owner}\n${id}`, change);
    this.#written ??= new Promise((resolve) => setImmediate(resolve)).then(() => this.#write());
  }

  async #write(): Promise<void> {
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    this.#written = undefined;
    try {
      await this.#journal.commit(changes);
      this.#isRefused = false;
    } catch (error) {
      if (!this.#isRefused) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.error("MQTT sessions not written, a restart will lose them", { error: reason });
      }
      this.#isRefused = true;
    }
  }
}
