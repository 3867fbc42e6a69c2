import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { measureCommits } from "./commit-groups.ts";
import { fillEdge } from "./edge-folder.ts";
import { measureHandOver } from "./hand-over.ts";
import { runLoad } from "./mqtt-load.ts";
import { measureParsing } from "./parsing.ts";
import { SubjectProcess } from "./subject-process.ts";
import { updateOf } from "./twin-update.ts";

const ROUNDS = 5;
const ROUND_MS = 2_000;
const WARM_UP_MS = 700;
const SUBJECTS = ["relay", "per-message-full", "per-message-normal", "edge-full", "edge-normal"];
const LOADS = [
  { sockets: 100, inFlight: 1 },
  { sockets: 10, inFlight: 50 },
] as const;
const LARGE = { devices: 10_000, properties: 10 };

interface Sample {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Durable twin updates beside the least and the usual way to do them; start with many devices. */
export async function benchTwin(): Promise<void> {
  if (cpus().length > 1) spawnSync("taskset", ["-p", "-c", "1", String(process.pid)]);
  const folder = mkdtempSync(join(tmpdir(), "mapperkit-bench-twin-"));
  try {
    const rows: Row[] = [];
    for (const load of LOADS) rows.push(...(await compare(folder, load)));
    rows.push(...(await measureCommits(join(folder, "commits"), syncTimes(folder))));
    rows.push(...measureParsing());
    rows.push(...(await measureHandOver(join(folder, "hand-over"))));
    rows.push(...(await measureStart(join(folder, "large"))));
    writeReport("twin", rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(folder: string, load: (typeof LOADS)[number]): Promise<Row[]> {
  const samples = new Map<string, Sample[]>(SUBJECTS.map((kind) => [kind, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of SUBJECTS) {
      const dataDir = mkdtempSync(join(folder, `${kind}-`));
      samples.get(kind)?.push(await measure(kind, dataDir, load));
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  const median = (kind: string, of: (sample: Sample) => number) =>
    percentile((samples.get(kind) ?? []).map(of), 50);
  return SUBJECTS.map((kind) => {
    const rate = median(kind, (s) => s.perSecond);
    const cpu = median(kind, (s) => s.cpuUs);
    return {
      what: `${load.sockets} sockets x ${load.inFlight}: ${kind}`,
      value: `${Math.round(rate)} updates/s`,
      cpu_us: cpu.toFixed(1),
      p50_ms: median(kind, (s) => s.p50Ms).toFixed(2),
      p99_ms: median(kind, (s) => s.p99Ms).toFixed(2),
      x_relay: (rate / median("relay", (s) => s.perSecond)).toFixed(2),
      x_per_message_full: (rate / median("per-message-full", (s) => s.perSecond)).toFixed(1),
      cpu_x_relay: (cpu / median("relay", (s) => s.cpuUs)).toFixed(2),
    };
  });
}

async function measure(
  kind: string,
  dataDir: string,
  { sockets, inFlight }: (typeof LOADS)[number],
): Promise<Sample> {
  if (kind.startsWith("edge")) await fillEdge(dataDir, { devices: sockets, properties: 1 });
  const subject = await SubjectProcess.start(kind, dataDir);
  try {
    const run = (durationMs: number, base: number) =>
      runLoad({
        port: subject.port,
        sockets,
        inFlight,
        durationMs,
        message: (socket, n) => updateOf(socket, base + n),
      });
    await run(WARM_UP_MS, 1);
    const cpuBefore = subject.cpuMs();
    const { acknowledged, seconds, latencies } = await run(ROUND_MS, 10_000_000);
    return {
      perSecond: acknowledged / seconds,
      cpuUs: ((subject.cpuMs() - cpuBefore) * 1000) / acknowledged,
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
    };
  } finally {
    await subject.end();
  }
}

async function measureStart(dataDir: string): Promise<Row[]> {
  await fillEdge(dataDir, LARGE);
  const starts: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const subject = await SubjectProcess.start("edge-full", dataDir);
    starts.push(subject.startMs);
    memory.push(subject.rssMb());
    await subject.end();
  }
  const empty = await SubjectProcess.start("edge-full", `${dataDir}-empty`);
  const emptyMb = empty.rssMb();
  await empty.end();
  const what = `${LARGE.devices} devices x ${LARGE.properties} properties`;
  return [
    { what: `start from the store, ${what}`, value: `${percentile(starts, 50).toFixed(0)} ms` },
    {
      what: `memory after it, ${what}`,
      value: `${percentile(memory, 50).toFixed(0)} MB`,
    },
    { what: "memory without devices", value: `${emptyMb.toFixed(0)} MB` },
  ];
}

function syncTimes(folder: string): number[] {
  const file = openSync(join(folder, "sync"), "w");
  const page = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, () => {
    writeSync(file, page);
    const begin = performance.now();
    fdatasyncSync(file);
    return performance.now() - begin;
  });
  closeSync(file);
  return times;
}
