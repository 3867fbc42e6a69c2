import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import { migrate } from "./migrations.ts";
import { salvage } from "./salvage.ts";

export interface DatabaseChoice {
  readonly file: string;
  /** `normal` may lose the last commits when the machine loses power; `full` never does. */
  readonly durability: "full" | "normal";
  /** What a damaged file is named after: `edgecore.db.corrupt-<time>`. */
  readonly time: string;
}

/** A file that could not be used and was put beside the new one. */
export interface SetAside {
  readonly file: string;
  readonly reason: string;
  /** Rows that could still be read in it and are in the new database. */
  readonly salvagedRows: number;
}

/** Damaged files that are kept; a failing disk shall not be filled with them. */
const KEPT_ASIDE = 3;
const SUFFIXES = ["", "-wal"] as const;

/**
 * Opens the file, or, when it is damaged, a new one with what could be read of it: an edge must come
 * up with whatever the disk left it, since the cloud has the rest.
 */
export function openDatabase(choice: DatabaseChoice): {
  db: Sqlite.Database;
  setAside: SetAside | undefined;
} {
  try {
    return { db: openSound(choice), setAside: undefined };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const file = putAside(choice);
    const db = openSound(choice);
    const reason = error instanceof Error ? error.message : String(error);
    return { db, setAside: { file, reason, salvagedRows: salvage(file, db) } };
  }
}

/** Whether what SQLite says means that the file's content is broken, not that it cannot be reached. */
export function isDamage(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(code);
}

function openSound({ file, durability }: DatabaseChoice): Sqlite.Database {
  const db = new Sqlite(file);
  try {
    db.pragma("journal_mode = WAL");
    db.pragma(`synchronous = ${durability}`);
    check(db);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function check(db: Sqlite.Database): void {
  const found = db.pragma("quick_check(1)", { simple: true });
  if (found === "ok") return;
  throw Object.assign(new Error(String(found).replaceAll("\n", " ")), { code: "SQLITE_CORRUPT" });
}

function putAside({ file, time }: DatabaseChoice): string {
  const aside = `${file}.corrupt-${time}`;
  for (const suffix of SUFFIXES) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
  }
  rmSync(`${file}-shm`, { force: true });
  const prefix = `${basename(file)}.corrupt-`;
  const former = readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix) && !name.endsWith("-wal") && !name.endsWith("-shm"))
    .sort();
  for (const name of former.slice(0, -KEPT_ASIDE)) {
    for (const suffix of [...SUFFIXES, "-shm"]) {
      rmSync(join(dirname(file), `${name}${suffix}`), { force: true });
    }
  }
  return aside;
}
