import { chmodSync, closeSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import Sqlite from "better-sqlite3";
import { migrate } from "./store-schema.ts";

export const DATABASE_FILE = "kubernetes.db";
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export interface OpenedDatabase {
  readonly db: Sqlite.Database;
  /** Nothing was in it: the file was absent or empty. */
  readonly wasEmpty: boolean;
}

/**
 * Opens the folder's database for this process alone. The lock is SQLite's own on the database
 * file: it ends with the process, however that ends, so that no stale lock can be left behind.
 * @throws MapperkitError `invalid_input` naming the folder, when it is in use, damaged or not writable
 */
export function openDatabase(dataDir: string): OpenedDatabase {
  let db: Sqlite.Database | undefined;
  try {
    const file = join(dataDir, DATABASE_FILE);
    makePrivate(dataDir, file);
    db = new Sqlite(file, { timeout: 0 });
    db.pragma("locking_mode = EXCLUSIVE");
    // Before the first table, or not at all: what compaction frees can then be given back.
    db.pragma("auto_vacuum = INCREMENTAL");
    db.pragma("journal_mode = WAL");
    // What was acknowledged survives a loss of power; a group of writes shares the cost.
    db.pragma("synchronous = FULL");
    // A write takes the lock now rather than at the first request.
    db.exec("BEGIN IMMEDIATE; COMMIT");
    const wasEmpty = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0;
    migrate(db);
    return { db, wasEmpty };
  } catch (cause) {
    db?.close();
    throw explain(dataDir, cause);
  }
}

/** A database that ends with the process. */
export function openMemory(): OpenedDatabase {
  const db = new Sqlite(":memory:");
  migrate(db);
  return { db, wasEmpty: true };
}

/** Secrets are inside; SQLite gives its other files the mode of the first. */
function makePrivate(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: FOLDER_MODE });
  // A folder that holds other things is its owner's affair.
  if (readdirSync(dataDir).length === 0) chmodSync(dataDir, FOLDER_MODE);
  closeSync(openSync(file, "a", FILE_MODE));
  chmodSync(file, FILE_MODE);
}

function explain(dataDir: string, cause: unknown): MapperkitError {
  const code = (cause as { code?: string }).code ?? "";
  const details = { dataDir, code };
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return new MapperkitError(
      "invalid_input",
      `data folder ${dataDir} is in use by another Kubernetes stand-in: stop it or choose another folder`,
      { cause, details },
    );
  }
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT")) {
    return new MapperkitError(
      "invalid_input",
      `database ${join(dataDir, DATABASE_FILE)} is damaged: put back a copy of it, or delete it to begin with an empty cluster`,
      { cause, details },
    );
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError(
    "invalid_input",
    `data folder ${dataDir} cannot be used: ${why}: choose a folder that can be written`,
    { cause, details },
  );
}
