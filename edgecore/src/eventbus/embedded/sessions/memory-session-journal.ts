import type { Kept, KeptChange, SessionJournal } from "./session-journal.ts";

/** For tests: keeps as long as the object lives. */
export class MemorySessionJournal implements SessionJournal {
  readonly #kept = new Map<string, Kept>();

  async load(): Promise<readonly Kept[]> {
    return [...this.#kept.values()];
  }

  async commit(changes: readonly KeptChange[]): Promise<void> {
    for (const change of changes) {
      if ("put" in change) this.#kept.set(keyOf(change.put), change.put);
      else this.#kept.delete(keyOf(change.drop));
    }
  }

  async close(): Promise<void> {}
}

function keyOf({ kind, owner, id }: Pick<Kept, "kind" | "owner" | "id">): string {
  return JSON.stringify([kind, owner, id]);
}
