import { parentPort, workerData } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { migrate } from "./migrations.ts";
import { QUERIES, STATEMENTS, type StatementName } from "./statements.ts";
import type { Answer, Order, WorkerFault, WorkerFiles } from "./worker-messages.ts";

/**
 * Runs in its own thread, so that an fdatasync (1.6 ms, at times 12) never holds up the event loop
 * that serves the devices.
 */
function run(files: WorkerFiles): void {
  const lock = takeLock(files.lock);
  const db = openDatabase(files.database);
  const statements = new Map<StatementName, Sqlite.Statement>();
  const statementOf = (name: StatementName): Sqlite.Statement => {
    const known = statements.get(name) ?? db.prepare(STATEMENTS[name]);
    statements.set(name, known);
    return known;
  };
  const commit = db.transaction((writes: Extract<Order, { kind: "commit" }>["writes"]) => {
    for (const { statement, values } of writes) statementOf(statement).run(...values);
  });

  parentPort?.on("message", (order: Order) => {
    answer(order.id, () => {
      switch (order.kind) {
        case "commit":
          commit(order.writes);
          return undefined;
        case "rows":
          return db.prepare(QUERIES[order.query]).raw().all() as (string | number | null)[][];
        case "close":
          db.close();
          lock.close();
          parentPort?.unref();
          return undefined;
      }
    });
  });
}

/** Held by the kernel for as long as this process lives, so a killed edge leaves nothing to clear. */
function takeLock(file: string): Sqlite.Database {
  const lock = new Sqlite(file, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (faultOf(error).code !== "SQLITE_BUSY") throw error;
    throw Object.assign(new Error("held by another edgecore"), { code: "LOCKED" });
  }
}

function openDatabase(file: string): Sqlite.Database {
  const db = new Sqlite(file);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  migrate(db);
  return db;
}

function answer(id: number, work: () => (string | number | null)[][] | undefined): void {
  let reply: Answer;
  try {
    const rows = work();
    reply = rows ? { id, rows } : { id };
  } catch (error) {
    reply = { id, fault: faultOf(error) };
  }
  parentPort?.postMessage(reply);
}

function faultOf(error: unknown): WorkerFault {
  const code = (error as { code?: unknown }).code;
  return {
    code: typeof code === "string" ? code : "UNKNOWN",
    message: error instanceof Error ? error.message : String(error),
  };
}

answer(0, () => {
  run(workerData as WorkerFiles);
  return undefined;
});
