import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { EdgeDatabase } from "@mapperkit/edgecore/storage";
import { RealClock, silentLog } from "@mapperkit/runtime";
import Sqlite from "better-sqlite3";
import { percentile } from "../report/percentile.ts";
import type { Row } from "../report/write-report.ts";

const ROUNDS = 5;
const ROUND_MS = 1_000;
const IN_FLIGHT = 100;

interface Sample {
  readonly perSecond: number;
  readonly latencies: readonly number[];
  readonly turnP99Ms: number;
  readonly longestTurnMs: number;
}

/** Single rows made durable, 100 at once: grouped by the edge, beside a transaction for each. */
export async function measureCommits(folder: string, syncs: readonly number[]): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  const single = openSingle(join(folder, "single.db"));
  const database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
  await database.start(new AbortController().signal);
  const singles: Sample[] = [];
  const transactions: Sample[] = [];
  const groups: Sample[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    singles.push(runSingle(single));
    transactions.push(runTransactions(single));
    groups.push(await runGroups(database));
  }
  await database.stop();
  single.db.close();
  const rate = (samples: Sample[]) =>
    percentile(
      samples.map(({ perSecond }) => perSecond),
      50,
    );
  const p99 = percentile(
    groups.flatMap(({ latencies }) => latencies),
    99,
  );
  const syncP99 = percentile(syncs, 99);
  const turn = (of: (sample: Sample) => number) =>
    `${percentile(groups.map(of), 50).toFixed(2)} ms`;
  return [
    { what: "commits, one transaction each, FULL", value: `${Math.round(rate(singles))} rows/s` },
    {
      what: `floor: ${IN_FLIGHT} in a transaction, in this thread, FULL`,
      value: `${Math.round(rate(transactions))} rows/s`,
      x_per_message_full: (rate(transactions) / rate(singles)).toFixed(1),
    },
    {
      what: `commits, ${IN_FLIGHT} at once, grouped, FULL`,
      value: `${Math.round(rate(groups))} rows/s`,
      x_per_message_full: (rate(groups) / rate(singles)).toFixed(1),
      p99_ms: p99.toFixed(2),
    },
    { what: "p99 of a grouped commit / p99 of fdatasync", value: (p99 / syncP99).toFixed(2) },
    { what: "turn of the loop meanwhile, p99", value: turn((s) => s.turnP99Ms) },
    { what: "turn of the loop meanwhile, longest of a round", value: turn((s) => s.longestTurnMs) },
  ];
}

function openSingle(file: string) {
  const db = new Sqlite(file);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(
    "CREATE TABLE device_twin (deviceid TEXT, name TEXT, body TEXT, PRIMARY KEY (deviceid, name)) WITHOUT ROWID",
  );
  return { db, put: db.prepare("INSERT OR REPLACE INTO device_twin VALUES (?, ?, ?)") };
}

function bodyOf(n: number): string {
  return JSON.stringify({
    actual: { value: String(n), metadata: { timestamp: 1_700_000_000_000 } },
    optional: true,
    type: "string",
    actualVersion: { cloud: 0, edge: n },
  });
}

function runSingle({ put }: ReturnType<typeof openSingle>): Sample {
  const begin = performance.now();
  let count = 0;
  while (performance.now() - begin < ROUND_MS) {
    put.run(`default/dev-${count % IN_FLIGHT}`, "p0", bodyOf(count));
    count++;
  }
  const seconds = (performance.now() - begin) / 1000;
  return { perSecond: count / seconds, latencies: [], turnP99Ms: 0, longestTurnMs: 0 };
}

/** The most that grouping can give on this disk: nothing crosses a thread, nobody waits for an answer. */
function runTransactions({ db, put }: ReturnType<typeof openSingle>): Sample {
  const begin = performance.now();
  let count = 0;
  const transaction = db.transaction(() => {
    for (let n = 0; n < IN_FLIGHT; n++) put.run(`default/dev-${n}`, "p0", bodyOf(++count));
  });
  while (performance.now() - begin < ROUND_MS) transaction();
  const seconds = (performance.now() - begin) / 1000;
  return { perSecond: count / seconds, latencies: [], turnP99Ms: 0, longestTurnMs: 0 };
}

async function runGroups(database: EdgeDatabase): Promise<Sample> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begin = performance.now();
  const latencies: number[] = [];
  let count = 0;
  const work = async (n: number): Promise<void> => {
    while (performance.now() - begin < ROUND_MS) {
      const sentAt = performance.now();
      const values = [`default/dev-${n}`, "p0", bodyOf(count)];
      await database.commit([{ statement: "putTwin", values }]);
      latencies.push(performance.now() - sentAt);
      count++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, n) => work(n)));
  const seconds = (performance.now() - begin) / 1000;
  delay.disable();
  // A histogram of a timer of 1 ms: what is beyond that is the loop's.
  const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - 1);
  return {
    perSecond: count / seconds,
    latencies,
    turnP99Ms: beyond(delay.percentile(99)),
    longestTurnMs: beyond(delay.max),
  };
}
