import type { EdgeDatabase } from "../database/edge-database.ts";
import type { Write } from "../database/statements.ts";
import type { MetaChange, MetaRow, MetaStore } from "./meta-store.ts";

export class SqliteMetaStore implements MetaStore {
  readonly #database: EdgeDatabase;

  constructor(database: EdgeDatabase) {
    this.#database = database;
  }

  /** Rows of other types belong to other modules, or to a newer release. */
  async load(): Promise<readonly MetaRow[]> {
    const rows = await this.#database.rows("meta");
    return rows.flatMap(([key, type, value]) =>
      type === "device" || type === "devicemodel"
        ? [{ key: String(key), type, value: String(value) }]
        : [],
    );
  }

  commit(changes: readonly MetaChange[]): Promise<void> {
    return this.#database.commit(changes.map(writeOf));
  }
}

function writeOf(change: MetaChange): Write {
  return change.value === undefined
    ? { statement: "dropMeta", values: [change.key] }
    : { statement: "putMeta", values: [change.key, change.type, change.value] };
}
