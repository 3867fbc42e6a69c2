import { readFileSync } from "node:fs";
import { percentile } from "../report/percentile.ts";
import type { Row } from "../report/write-report.ts";
import { endProcess, startNode } from "../road/system-process.ts";

const ROUNDS = 3;
const SETTLE_MS = 1500;

/** Readiness and memory of a program that prints `ready`, the median of some starts. */
export async function measureStart(what: string, args: readonly string[]): Promise<Row> {
  const ready: number[] = [];
  const rss: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    const child = await startNode(args, /ready/);
    ready.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    rss.push(rssMbOf(child.pid ?? 0));
    await endProcess(child);
  }
  const [readyMs, rssMb] = [percentile(ready, 50), percentile(rss, 50)];
  return { what, "ready ms": readyMs.toFixed(0), "RSS MB": rssMb.toFixed(0) };
}

function rssMbOf(pid: number): number {
  const [, kb = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kb) / 1024;
}
