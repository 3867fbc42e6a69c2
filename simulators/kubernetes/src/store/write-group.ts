import type { Database } from "better-sqlite3";
import type { ChangeLog } from "./change-log.ts";
import type { Change } from "./stored-object.ts";

/** Brings the changes of one loop turn to the disk in one transaction: all of them or none. */
export class WriteGroup {
  readonly #db: Database;
  readonly #log: ChangeLog;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: Database, log: ChangeLog) {
    this.#db = db;
    this.#log = log;
    this.#statements = prepare(db);
  }

  /** Returns when they are durable. @throws what SQLite says; then none of them is stored */
  commit(changes: readonly Change[]): void {
    const { begin, commit, rollback, remove, upsert } = this.#statements;
    let bytes = 0;
    try {
      begin.run();
      for (const change of changes) {
        (change.type === "DELETED" ? remove : upsert).run(change.object);
        bytes += this.#log.append(change);
      }
      commit.run();
    } catch (error) {
      if (this.#db.inTransaction) rollback.run();
      throw error;
    }
    this.#log.grow({ rows: changes.length, bytes });
  }
}

function prepare(db: Database) {
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    upsert: db.prepare(
      `INSERT INTO objects (res, ns, name, uid, rv, val)
       VALUES (@resource, @namespace, @name, @uid, @resourceVersion, @json)
       ON CONFLICT (res, ns, name)
       DO UPDATE SET uid = excluded.uid, rv = excluded.rv, val = excluded.val`,
    ),
    remove: db.prepare(
      "DELETE FROM objects WHERE res = @resource AND ns = @namespace AND name = @name",
    ),
  };
}
