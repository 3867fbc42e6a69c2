import { readFileSync } from "node:fs";
import { percentile } from "../report/percentile.ts";
import type { Row } from "../report/write-report.ts";
import { endProcess, startNode } from "../road/system-process.ts";

const ROUNDS = 3;
const SETTLE_MS = 1500;

/** Readiness and memory of a program that prints `ready`, the median of some starts. */
export async function measureStart(what: string, args: readonly string[]): Promise<Row> {
  const ready: number[] = [];
  const cpu: number[] = [];
  const rss: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    const child = await startNode(args, /ready/);
    ready.push(performance.now() - begin);
    cpu.push(cpuMsOf(child.pid ?? 0));
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    rss.push(rssMbOf(child.pid ?? 0));
    await endProcess(child);
  }
  const median = (samples: number[]) => percentile(samples, 50).toFixed(0);
  return { what, "ready ms": median(ready), "CPU ms": median(cpu), "RSS MB": median(rss) };
}

/** User and system time until now; /proc counts in ticks of 10 ms. Moves least on a busy machine. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssMbOf(pid: number): number {
  const [, kb = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb) / 1024;
}
