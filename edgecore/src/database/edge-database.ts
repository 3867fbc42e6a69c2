import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { MapperkitError } from "@mapperkit/api";
import { type Clock, type Component, type Log, startStopwatch } from "@mapperkit/runtime";
import { type EdgeMetrics, noMetrics } from "../monitoring/edge-metrics.ts";
import { GroupCommit } from "./group-commit.ts";
import type { SetAside } from "./open-database.ts";
import type { QueryName, Row, Value, Write } from "./statements.ts";
import {
  type Answer,
  OPENED,
  type Order,
  type WorkerFault,
  type WorkerSetup,
} from "./worker-messages.ts";

export const DATABASE_FILE = "edgecore.db";
const LOCK_FILE = "edgecore.lock";

/** After these the file or its pages cannot be trusted; the next start looks at the file anew. */
const FATAL = /^SQLITE_(CORRUPT|NOTADB|IOERR_FSYNC|IOERR_DIR_FSYNC)/;

export interface EdgeDatabaseParts {
  readonly folder: string;
  /** Kept in the file for who reads it offline. */
  readonly node?: string;
  /** `normal` may lose the last commits when the machine loses power, never when the edge is killed. */
  readonly durability?: "full" | "normal";
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics?: EdgeMetrics;
}

interface Call {
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: Error) => void;
}

/** The edge's SQLite file (edge-storage §4.1), kept by a worker thread; at most one edge per folder. */
export class EdgeDatabase implements Component {
  readonly name = "database";
  readonly failed: Promise<never>;
  readonly #parts: EdgeDatabaseParts;
  readonly #folder: string;
  readonly #log: Log;
  readonly #metrics: EdgeMetrics;
  readonly #calls = new Map<number, Call>();
  readonly #commits = new GroupCommit(async (writes) => {
    const elapsedSeconds = startStopwatch();
    await this.#order((id) => ({ kind: "commit", id, writes })).catch((error: unknown) => {
      this.#metrics.count("mapperkit_edge_commit_failures_total");
      throw error;
    });
    this.#metrics.observe("mapperkit_edge_commit_seconds", elapsedSeconds());
  });
  #worker: Worker | undefined;
  #lastId = OPENED;
  #isStopping = false;
  #fail: (error: Error) => void = () => {};

  constructor(parts: EdgeDatabaseParts) {
    this.#parts = parts;
    this.#folder = parts.folder;
    this.#log = parts.log;
    this.#metrics = parts.metrics ?? noMetrics;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  /** @throws MapperkitError `invalid_input` if the folder cannot be used or another edge uses it. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw this.#unusable(cause instanceof Error ? cause.message : String(cause), cause);
    }
    const opened = new Promise<readonly Row[]>((resolve, reject) => {
      this.#calls.set(OPENED, { resolve, reject });
    });
    const worker = new Worker(workerFile(), {
      // Flags for the program are none for the worker, which imports nothing of ours by name.
      execArgv: [],
      // What a commit leaves behind is garbage at once: a large nursery would only be memory held.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      workerData: this.#setup(),
    });
    this.#worker = worker;
    worker.on("message", (answer: Answer) => this.#settle(answer));
    worker.on("error", (error) => this.#die(error));
    worker.on("exit", () => {
      if (!this.#isStopping) this.#die(new Error("the database worker ended"));
    });
    await opened;
  }

  #setup(): WorkerSetup {
    const { node, durability = "full", clock } = this.#parts;
    return {
      file: join(this.#folder, DATABASE_FILE),
      lockFile: join(this.#folder, LOCK_FILE),
      time: new Date(clock.now()).toISOString().replaceAll(":", "-"),
      durability,
      node,
    };
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker || this.#isStopping) return;
    this.#isStopping = true;
    await this.#order((id) => ({ kind: "close", id })).catch(() => {});
    await worker.terminate();
    this.#worker = undefined;
  }

  /** Resolves when the writes are durable; grouped with those of others, in the order of the calls. */
  commit(writes: readonly Write[]): Promise<void> {
    return this.#commits.commit(writes);
  }

  /** How many batches of changes wait for a commit. */
  get commitQueue(): number {
    return this.#commits.waiting;
  }

  /** Whether it has been opened and its worker lives. */
  get isOpen(): boolean {
    return this.#worker !== undefined && !this.#isStopping && !this.#calls.has(OPENED);
  }

  rows(query: QueryName, ...values: readonly Value[]): Promise<readonly Row[]> {
    return this.#order((id) => ({ kind: "rows", id, query, values }));
  }

  #order(make: (id: number) => Order): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker;
      if (!worker) {
        reject(new MapperkitError("internal", "the edge's database is not open"));
        return;
      }
      const id = ++this.#lastId;
      this.#calls.set(id, { resolve, reject });
      worker.postMessage(make(id));
    });
  }

  #settle(answer: Answer): void {
    const call = this.#calls.get(answer.id);
    this.#calls.delete(answer.id);
    if (!answer.fault) {
      if (answer.setAside) this.#tellSetAside(answer.setAside);
      call?.resolve(answer.rows ?? []);
    } else if (answer.id !== OPENED) {
      call?.reject(commitFault(answer.fault));
      if (FATAL.test(answer.fault.code)) this.#die(commitFault(answer.fault));
    } else {
      this.#isStopping = true;
      call?.reject(this.#openFault(answer.fault));
    }
  }

  #tellSetAside({ file, reason, salvagedRows }: SetAside): void {
    this.#log.error("the edge's database was damaged and is set aside, the cloud fills the gaps", {
      file,
      reason,
      salvaged_rows: salvagedRows,
    });
  }

  #openFault({ code, message }: WorkerFault): MapperkitError {
    return this.#unusable(
      code === "LOCKED" ? "another edgecore is using it" : `${message} (${code})`,
    );
  }

  #unusable(reason: string, cause?: unknown): MapperkitError {
    return new MapperkitError(
      "invalid_input",
      `dataDir ${this.#folder} cannot be used: ${reason}`,
      {
        cause,
        details: { dataDir: this.#folder },
      },
    );
  }

  #die(cause: Error): void {
    if (!this.#worker) return;
    const error = new MapperkitError("internal", "the edge's database failed", { cause });
    this.#log.error("database worker ended", { error: cause.message });
    void this.#worker.terminate();
    this.#worker = undefined;
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    this.#fail(error);
  }
}

function commitFault({ code, message }: WorkerFault): MapperkitError {
  return new MapperkitError("internal", `the edge's database refused a write: ${message}`, {
    details: { sqlite: code },
  });
}

/** Sources run as they are in development and tests, built JavaScript elsewhere. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./database-worker.${extension}`, import.meta.url);
}
