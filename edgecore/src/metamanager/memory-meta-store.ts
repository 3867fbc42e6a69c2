import type { MetaChange, MetaRow, MetaStore } from "./meta-store.ts";

/** For tests: durable as long as the object lives. */
export class MemoryMetaStore implements MetaStore {
  readonly #rows = new Map<string, MetaRow>();

  async load(): Promise<readonly MetaRow[]> {
    return [...this.#rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async commit(changes: readonly MetaChange[]): Promise<void> {
    for (const change of changes) {
      if (change.value === undefined) this.#rows.delete(change.key);
      else this.#rows.set(change.key, change);
    }
  }
}
