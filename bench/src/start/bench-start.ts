import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../report/percentile.ts";
import { type Row, writeReport } from "../report/write-report.ts";
import { endProcess, FREE_PORTS, startNode, startProcess } from "../road/system-process.ts";

const ROUNDS = 5;
/** Long enough for what start-up left over to be collected. */
const SETTLE_MS = 3000;
/** Measured when `npm run build` has made it. */
const BUILT = resolve(import.meta.dirname, "../../../cli/dist/main.js");

interface Sample {
  readonly readyMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Start and memory of the whole system and of edgecore alone, beside an empty Node process, in turn. */
export async function benchStart(): Promise<void> {
  const samples = {
    empty: [] as Sample[],
    edgecore: [] as Sample[],
    built: [] as Sample[],
    whole: [] as Sample[],
  };
  const isBuilt = existsSync(BUILT);
  for (let round = 0; round < ROUNDS; round += 1) {
    samples.empty.push(await measure(startEmptyNode));
    samples.edgecore.push(
      await measure((data) =>
        startProcess(
          ["edgecore", "--data", data, "--mqtt-port", "0", "--monitoring-port", "0"],
          /edgecore: /,
        ),
      ),
    );
    if (isBuilt) samples.built.push(await measure(startBuiltEdge));
    samples.whole.push(
      await measure((data) =>
        startProcess(["up", "--data", data, ...FREE_PORTS], /Ctrl-C stops everything/),
      ),
    );
  }
  writeReport("start", [
    row("empty Node process", samples.empty, samples.empty),
    row("edgecore alone, from sources", samples.edgecore, samples.empty),
    ...(isBuilt ? [row("edgecore alone, built", samples.built, samples.empty)] : []),
    row("the whole system", samples.whole, samples.empty),
  ]);
}

async function measure(start: (data: string) => Promise<ChildProcess>): Promise<Sample> {
  const data = mkdtempSync(join(tmpdir(), "mapperkit-bench-"));
  const begin = performance.now();
  const child = await start(data);
  const readyMs = performance.now() - begin;
  const cpuMs = cpuMsOf(child.pid ?? 0);
  await wait(SETTLE_MS);
  const rssMb = rssMbOf(child.pid ?? 0);
  await endProcess(child);
  rmSync(data, { recursive: true, force: true });
  return { readyMs, cpuMs, rssMb };
}

/** As the image starts it: the flags are those of cli/bin. */
function startBuiltEdge(data: string): Promise<ChildProcess> {
  const flags = ["--max-semi-space-size=4", BUILT];
  const ports = ["--mqtt-port", "0", "--monitoring-port", "0"];
  return startNode([...flags, "edgecore", "--data", data, ...ports], /edgecore: /);
}

async function startEmptyNode(): Promise<ChildProcess> {
  const program = "setInterval(() => {}, 1e6); process.stdout.write('ready')";
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

/** User and system time, in ms; /proc counts in ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssMbOf(pid: number): number {
  const [, kb = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb) / 1024;
}

function row(what: string, samples: readonly Sample[], empty: readonly Sample[]): Row {
  const median = (of: readonly Sample[], key: keyof Sample) =>
    percentile(
      of.map((sample) => sample[key]),
      50,
    );
  const ratio = (key: keyof Sample) => (median(samples, key) / median(empty, key)).toFixed(1);
  return {
    what,
    "ready ms": median(samples, "readyMs").toFixed(0),
    "CPU ms": median(samples, "cpuMs").toFixed(0),
    "RSS MB": median(samples, "rssMb").toFixed(0),
    "CPU ÷ empty": ratio("cpuMs"),
    "RSS ÷ empty": ratio("rssMb"),
  };
}
