import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import type { Log } from "@mapperkit/runtime";
import Sqlite from "better-sqlite3";
import type { Kept, KeptChange, SessionJournal } from "./session-journal.ts";

export const SESSIONS_FILE = "mqtt-sessions.db";

interface JournalOptions {
  /** `normal` may lose the last moments when the power fails; neither does when the edge is killed. */
  readonly durability: "full" | "normal";
  readonly log: Log;
}

/** Append only: a released step is never edited. `user_version` counts the steps applied. */
const MIGRATIONS = [
  `CREATE TABLE kept (kind TEXT NOT NULL, owner TEXT NOT NULL, id TEXT NOT NULL,
     facts TEXT NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (kind, owner, id)) STRICT`,
] as const;

/**
 * A file of its own, beside the twins': what it holds can be made again by clients. SQLite writes to
 * its log without waiting for the disk (NORMAL), which is then waited for outside the event loop, in
 * one of Node's own threads: together that is what FULL does, and costs no thread with a V8 of its
 * own. A checkpoint, every thousand pages, is all that SQLite does on the event loop.
 */
export class SqliteSessionJournal implements SessionJournal {
  readonly #db: Sqlite.Database;
  readonly #wal: FileHandle | undefined;
  readonly #put: Sqlite.Statement;
  readonly #drop: Sqlite.Statement;
  readonly #apply: (changes: readonly KeptChange[]) => void;
  #broken: Error | undefined;

  private constructor(db: Sqlite.Database, wal: FileHandle | undefined) {
    this.#db = db;
    this.#wal = wal;
    this.#put = db.prepare(
      `INSERT INTO kept (kind, owner, id, facts, payload) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (kind, owner, id) DO UPDATE SET facts = excluded.facts, payload = excluded.payload`,
    );
    this.#drop = db.prepare("DELETE FROM kept WHERE kind = ? AND owner = ? AND id = ?");
    this.#apply = db.transaction((changes: readonly KeptChange[]) => {
      for (const change of changes) this.#write(change);
    });
  }

  /**
   * A damaged file is set aside, and the broker starts with no sessions.
   * @throws MapperkitError `invalid_input` when the folder cannot be used
   */
  static async open(folder: string, options: JournalOptions): Promise<SqliteSessionJournal> {
    const file = join(folder, SESSIONS_FILE);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await SqliteSessionJournal.#over(openSound(file), options);
    } catch (cause) {
      if (!isDamage(cause)) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `dataDir ${folder} cannot be used for MQTT sessions: ${reason}`;
        throw new MapperkitError("invalid_input", message, { cause, details: { dataDir: folder } });
      }
    }
    await rename(file, `${file}.damaged`);
    options.log.error("MQTT sessions damaged, set aside; clients subscribe anew", {
      file: `${file}.damaged`,
    });
    return SqliteSessionJournal.#over(openSound(file), options);
  }

  static async #over(
    db: Sqlite.Database,
    { durability }: JournalOptions,
  ): Promise<SqliteSessionJournal> {
    if (durability === "normal") return new SqliteSessionJournal(db, undefined);
    const wal = await open(`${db.name}-wal`, "r+");
    // That the files are there has to be on the disk too.
    const folder = await open(dirname(db.name), "r");
    await folder.sync();
    await folder.close();
    return new SqliteSessionJournal(db, wal);
  }

  async load(): Promise<readonly Kept[]> {
    const rows = this.#db.prepare("SELECT kind, owner, id, facts, payload FROM kept");
    return rows.all() as Kept[];
  }

  async commit(changes: readonly KeptChange[]): Promise<void> {
    if (this.#broken) throw this.#broken;
    this.#apply(changes);
    try {
      await this.#wal?.datasync();
    } catch (error) {
      // The kernel forgets what it could not write: asked again it would say that all is well.
      this.#broken = error as Error;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#wal?.close();
    this.#db.close();
  }

  #write(change: KeptChange): void {
    if ("put" in change) {
      const { kind, owner, id, facts, payload } = change.put;
      this.#put.run(kind, owner, id, facts, payload);
    } else {
      const { kind, owner, id } = change.drop;
      this.#drop.run(kind, owner, id);
    }
  }
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
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: Sqlite.Database): void {
  const applied = Number(db.pragma("user_version", { simple: true }));
  if (applied > MIGRATIONS.length) {
    throw new Error(`${SESSIONS_FILE} is of version ${applied}, newer than this release`);
  }
  db.transaction(() => {
    for (const step of MIGRATIONS.slice(applied)) db.exec(step);
    db.pragma(`user_version = ${MIGRATIONS.length}`);
  })();
}

function isDamage(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code);
  return code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB";
}
