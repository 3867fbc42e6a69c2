import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { stringify } from "yaml";
import { printTable } from "../output/print-table.ts";
import type { Streams } from "../output/streams.ts";
import { type MetricSeries, readMetrics } from "./read-metrics.ts";

export interface StatusFlags {
  url: string;
  output: "table" | "json" | "yaml";
}

export interface EdgeStatus {
  /** `ok`, or what is wrong. */
  readonly alive: string;
  readonly ready: string;
  readonly metrics: Readonly<Record<string, number>>;
}

const LIMIT_MS = 5_000;

/**
 * Prints how a running edge is.
 * @throws MapperkitError `unreachable` when nobody answers, `rejected` when the edge is not well
 */
export async function printStatus(
  { url, output }: StatusFlags,
  { out }: Streams,
  clock: Clock,
): Promise<void> {
  const status = await readStatus(url, clock);
  if (output === "json") out(JSON.stringify(status, null, 2));
  else if (output === "yaml") out(stringify(status).trimEnd());
  else out(printTable(["WHAT", "NOW"], rowsOf(status)));
  const faults = [status.alive, status.ready].filter((word) => word !== "ok");
  if (faults.length > 0) {
    throw new MapperkitError("rejected", `the edge at ${url} is not well: ${faults.join("; ")}`);
  }
}

async function readStatus(url: string, clock: Clock): Promise<EdgeStatus> {
  const [alive, ready, metrics] = await Promise.all(
    ["/healthz", "/readyz", "/metrics"].map((path) => ask(url, path, clock)),
  );
  return {
    alive: healthOf(alive),
    ready: healthOf(ready),
    metrics: keyFigures(readMetrics(metrics?.text ?? "")),
  };
}

interface Answer {
  readonly isWell: boolean;
  readonly text: string;
}

async function ask(base: string, path: string, clock: Clock): Promise<Answer> {
  try {
    const response = await fetch(new URL(path, base), { signal: clock.timeout(LIMIT_MS) });
    return { isWell: response.ok, text: await response.text() };
  } catch (cause) {
    throw new MapperkitError(
      "unreachable",
      `no edge answers at ${base}: is edgecore running, with monitoring on this address? (--url)`,
      { cause },
    );
  }
}

function healthOf(answer: Answer | undefined): string {
  if (answer?.isWell) return "ok";
  const failed = answer?.text.split("\n").filter((line) => line.startsWith("[-]")) ?? [];
  return failed.map((line) => line.slice(3)).join(", ") || "not ok";
}

/** The sum of each kind of count, and what is now; the whole is under /metrics. */
function keyFigures(series: readonly MetricSeries[]): Record<string, number> {
  const sum = (name: string, label?: string) =>
    series
      .filter((one) => one.name === name && (label === undefined || one.labels.includes(label)))
      .reduce((total, { value }) => total + value, 0);
  const commits = sum("mapperkit_edge_commit_seconds_count");
  const meanMs = commits === 0 ? 0 : (sum("mapperkit_edge_commit_seconds_sum") / commits) * 1000;
  return {
    devices: sum("mapperkit_edge_devices"),
    "MQTT sessions": sum("mapperkit_edge_sessions"),
    "cloud link": sum("mapperkit_edge_cloud_link_up"),
    "messages up": sum("mapperkit_edge_cloud_messages_total", "up"),
    "messages down": sum("mapperkit_edge_cloud_messages_total", "down"),
    "requests answered": sum("mapperkit_edge_requests_total"),
    "values applied": sum("mapperkit_edge_twin_values_total", "applied"),
    refusals: sum("mapperkit_edge_refusals_total"),
    commits,
    "commit, mean ms": round(meanMs),
    "waiting for commit": sum("mapperkit_edge_commit_queue"),
    "waiting for broker": sum("mapperkit_edge_publication_queue"),
    "devices not confirmed": sum("mapperkit_edge_outbox_devices"),
    "memory, MB": round(sum("process_resident_memory_bytes") / 1e6),
    "loop delay, ms": round(sum("mapperkit_edge_event_loop_delay_seconds") * 1000),
  };
}

function rowsOf({ alive, ready, metrics }: EdgeStatus): string[][] {
  const figures = Object.entries(metrics).map(([what, value]) => {
    if (what === "cloud link") return [what, value === 1 ? "up" : "down"];
    return [what, String(value)];
  });
  return [["alive", alive], ["ready", ready], ...figures];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
