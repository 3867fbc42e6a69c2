import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import Sqlite from "better-sqlite3";
import { migrate } from "./store-schema.ts";

const FILE = "kubernetes.db";

/**
 * Opens the folder's database for this process alone. The lock is SQLite's own on the database
 * file: it ends with the process, however that ends, so that no stale lock can be left behind.
 * @throws MapperkitError `invalid_input` naming the folder, when it is in use or not writable
 */
export function openDatabase(dataDir: string): Sqlite.Database {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const file = join(dataDir, FILE);
    const db = new Sqlite(file, { timeout: 0 });
    // Secrets are inside; SQLite gives its other files the mode of this one.
    chmodSync(file, 0o600);
    db.pragma("locking_mode = EXCLUSIVE");
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    // A write takes the lock now rather than at the first request.
    db.exec("BEGIN IMMEDIATE; COMMIT");
    migrate(db);
    return db;
  } catch (cause) {
    throw explain(dataDir, cause);
  }
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
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError(
    "invalid_input",
    `data folder ${dataDir} cannot be used: ${why}: choose a folder that can be written`,
    { cause, details },
  );
}
