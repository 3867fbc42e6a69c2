import type { Database } from "better-sqlite3";

/** Append only: a released step is never edited. `user_version` counts the steps applied. */
const MIGRATIONS = [
  `CREATE TABLE objects (
     id INTEGER PRIMARY KEY, res TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL,
     uid TEXT NOT NULL, rv INTEGER NOT NULL, val TEXT NOT NULL, UNIQUE (res, ns, name)) STRICT;
   CREATE TABLE log (
     rv INTEGER PRIMARY KEY, res TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL,
     uid TEXT NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, val TEXT NOT NULL,
     prev_rv INTEGER, prev TEXT) STRICT;
   CREATE INDEX log_of_resource ON log (res, rv);
   CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;`,
  // What was before a change stands in the log already, as the change before it.
  `UPDATE log SET prev = NULL WHERE prev_rv IN (SELECT rv FROM log);
   CREATE INDEX log_of_previous ON log (prev_rv);`,
] as const;

export function migrate(db: Database): void {
  const applied = db.pragma("user_version", { simple: true }) as number;
  if (applied === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const step of MIGRATIONS.slice(applied)) db.exec(step);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}
