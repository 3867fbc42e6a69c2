import { parentPort, workerData } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { BatchWriter } from "./batch-writer.ts";
import { openDatabase } from "./open-database.ts";
import { QUERIES, STATEMENTS } from "./statements.ts";
import {
  type Answer,
  OPENED,
  type Order,
  type WorkerFault,
  type WorkerSetup,
} from "./worker-messages.ts";

/**
 * Runs in its own thread, so that an fdatasync (1.6 ms, at times 12) never holds up the event loop
 * that serves the devices.
 */
function run({ lockFile, node, ...choice }: WorkerSetup): Answer {
  const lock = takeLock(lockFile);
  const { db, setAside } = openDatabase(choice);
  const writer = new BatchWriter(db);
  if (node !== undefined) db.prepare(STATEMENTS.putNode).run(JSON.stringify({ node }));

  parentPort?.on("message", (order: Order) => {
    answer(order.id, () => {
      switch (order.kind) {
        case "commit":
          writer.write(order.writes);
          return { id: order.id };
        case "rows": {
          const rows = db
            .prepare(QUERIES[order.query])
            .raw()
            .all(...order.values);
          return { id: order.id, rows: rows as (string | number | null)[][] };
        }
        case "close":
          db.close();
          lock.close();
          parentPort?.unref();
          return { id: order.id };
      }
    });
  });
  return { id: OPENED, ...(setAside && { setAside }) };
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

function answer(id: number, work: () => Answer): void {
  let reply: Answer;
  try {
    reply = work();
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

answer(OPENED, () => run(workerData as WorkerSetup));
