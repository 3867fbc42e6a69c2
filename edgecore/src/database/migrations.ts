import type Sqlite from "better-sqlite3";

/**
 * Append only: a released step is never edited. `user_version` counts the steps applied. Tables and
 * their keys are KubeEdge's (edge-storage §4.1), but a twin has one row per property with a unique key.
 */
const MIGRATIONS = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, type TEXT NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE device (id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL,
     state TEXT NOT NULL, last_online TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE device_twin (deviceid TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
     PRIMARY KEY (deviceid, name)) STRICT, WITHOUT ROWID`,
  `ALTER TABLE device ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
   CREATE TABLE twin_history (deviceid TEXT NOT NULL, name TEXT NOT NULL, sequence INTEGER NOT NULL,
     body TEXT NOT NULL, PRIMARY KEY (deviceid, name, sequence)) STRICT, WITHOUT ROWID`,
  "CREATE TABLE sub_topics (topic TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
  // A sequence is never given twice, also when all samples have left: hence AUTOINCREMENT.
  `ALTER TABLE device ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE device_twin ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE sample_outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, deviceid TEXT NOT NULL,
     name TEXT NOT NULL, body TEXT NOT NULL) STRICT`,
] as const;

/** @throws Error when a newer release has written the file: its rows may mean something else. */
export function migrate(db: Sqlite.Database): void {
  const applied = Number(db.pragma("user_version", { simple: true }));
  if (applied > MIGRATIONS.length) {
    throw new Error(
      `the database is of version ${applied}, this release knows ${MIGRATIONS.length}`,
    );
  }
  if (applied === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const step of MIGRATIONS.slice(applied)) db.exec(step);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}
