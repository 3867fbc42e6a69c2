import { fstatSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import type { Kept, KeptChange } from "./session-journal.ts";

/** Append only: a released step is never edited. `user_version` counts the steps applied. */
const MIGRATIONS = [
  `CREATE TABLE kept (kind TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL,
     facts TEXT NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (kind, owner, id)) STRICT`,
] as const;

const NEW = ".new";

interface Progress {
  /** Pages */
  readonly log: number;
  readonly checkpointed: number;
}

/** Puts on the disk what was written to a file. */
export type Sync = (file: FileHandle) => Promise<void>;

/**
 * The SQLite file of a session journal. SQLite itself writes without waiting for the disk; that is
 * waited for here, in one of Node's own threads, so that no disk holds up the event loop: after each
 * transaction for the log, and around a checkpoint in the order in which SQLite would.
 */
export class SessionFile {
  readonly #db: Sqlite.Database;
  readonly #sync: Sync;
  readonly #put: Sqlite.Statement;
  readonly #drop: Sqlite.Statement;
  readonly #apply: (changes: readonly KeptChange[]) => void;
  /** Open for as long as the database: the end of any handle of a file ends SQLite's locks on it. */
  readonly #main: FileHandle;
  readonly #log: FileHandle;

  private constructor(db: Sqlite.Database, handles: [FileHandle, FileHandle], sync: Sync) {
    this.#db = db;
    [this.#main, this.#log] = handles;
    this.#sync = sync;
    this.#put = db.prepare(PUT);
    this.#drop = db.prepare("DELETE FROM kept WHERE kind = ? AND owner = ? AND id = ?");
    this.#apply = db.transaction((changes: readonly KeptChange[]) => {
      for (const change of changes) this.#write(change);
    });
  }

  /** @throws SqliteError `SQLITE_CORRUPT` or `SQLITE_NOTADB` when the file is damaged */
  static async open(path: string, sync: Sync): Promise<SessionFile> {
    const db = openSound(path);
    const handles: FileHandle[] = [];
    try {
      for (const suffix of ["", "-wal"]) handles.push(await open(path + suffix, "r+"));
      // That the files are there has to be on the disk too.
      await syncFolder(path);
      db.pragma("synchronous = OFF");
      db.pragma("wal_autocheckpoint = 0");
      return new SessionFile(db, handles as [FileHandle, FileHandle], sync);
    } catch (error) {
      db.close();
      for (const handle of handles) await handle.close();
      throw error;
    }
  }

  /** Makes another file of these rows, to replace the one at `path`. */
  static async prepare(path: string, rows: readonly Kept[]): Promise<void> {
    await rm(path + NEW, { force: true });
    const db = new Sqlite(path + NEW);
    try {
      db.pragma("synchronous = FULL");
      migrate(db);
      const put = db.prepare(PUT);
      db.transaction(() => {
        for (const row of rows) put.run(...valuesOf(row));
      })();
    } finally {
      db.close();
    }
  }

  /** Puts what was prepared in the place of the file at `path`, which nobody has open. */
  static async replace(path: string): Promise<void> {
    // Of the former file: it must not be taken for the new one's.
    for (const suffix of ["-wal", "-shm"]) await rm(path + suffix, { force: true });
    await rename(path + NEW, path);
    await syncFolder(path);
  }

  rows(): readonly Kept[] {
    const all = this.#db.prepare("SELECT kind, owner, id, facts, payload FROM kept");
    return all.all() as Kept[];
  }

  get logBytes(): number {
    return fstatSync(this.#log.fd).size;
  }

  /** All or none; a kill of the process does not lose it from then on. */
  apply(changes: readonly KeptChange[]): void {
    this.#apply(changes);
  }

  /** Resolves when no loss of power loses what was applied. */
  settle(): Promise<void> {
    return this.#sync(this.#log);
  }

  /** Empties the log; nothing is to be applied meanwhile. Once it rejects, the file is not to be trusted. */
  async checkpoint(): Promise<void> {
    await this.#sync(this.#log);
    const [row] = this.#db.pragma("wal_checkpoint(PASSIVE)") as Progress[];
    await this.#sync(this.#main);
    // Somebody who reads the file may need the log's end; another time then.
    if (row?.log !== row?.checkpointed) return;
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
    // A new log over what is left of the old one could bring back pages of that.
    await this.#sync(this.#log);
  }

  async close(): Promise<void> {
    // SQLite's own last checkpoint ends the log, so it has to wait for the disk.
    this.#db.pragma("synchronous = NORMAL");
    this.#db.close();
    await this.#log.close();
    await this.#main.close();
  }

  #write(change: KeptChange): void {
    if ("put" in change) {
      this.#put.run(...valuesOf(change.put));
    } else {
      const { kind, owner, id } = change.drop;
      this.#drop.run(kind, owner, id);
    }
  }
}

const PUT = `INSERT INTO kept (kind, owner, id, facts, payload) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (kind, owner, id) DO UPDATE SET facts = excluded.facts, payload = excluded.payload`;

function valuesOf({ kind, owner, id, facts, payload }: Kept): unknown[] {
  return [kind, owner, id, facts, payload];
}

function openSound(file: string): Sqlite.Database {
  const db = new Sqlite(file);
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    const [found] = db.pragma("quick_check(1)") as { quick_check: string }[];
    if (found?.quick_check !== "ok") {
      throw Object.assign(new Error(found?.quick_check ?? "no answer"), { code: "SQLITE_CORRUPT" });
    }
    migrate(db);
    // What a former process may have left unwritten is written again.
    db.pragma("wal_checkpoint(TRUNCATE)");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: Sqlite.Database): void {
  const applied = Number(db.pragma("user_version", { simple: true }));
  if (applied > MIGRATIONS.length) {
    throw new Error(`the file is of version ${applied}, newer than this release`);
  }
  if (applied === MIGRATIONS.length) return;
  db.transaction(() => {
    for (const step of MIGRATIONS.slice(applied)) db.exec(step);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

async function syncFolder(file: string): Promise<void> {
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
