import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Component } from "@mapperkit/runtime";
import type { EdgeMetrics } from "./edge-metrics.ts";

/** Twenty looks a second notice what mappers notice, and cost nothing that could be measured. */
const RESOLUTION_MS = 50;

/** What the process itself takes: memory, processor, and how long its event loop was held up. */
export class ProcessMetrics implements Component {
  readonly name = "process metrics";
  readonly #metrics: EdgeMetrics;
  #delays: ReturnType<typeof monitorEventLoopDelay> | undefined;

  constructor(metrics: EdgeMetrics) {
    this.#metrics = metrics;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delays.enable();
    this.#delays = delays;
    const startedAt = performance.timeOrigin / 1000;
    this.#metrics.watch("mapperkit_edge_event_loop_delay_seconds", () => longestDelay(delays));
    this.#metrics.watch("process_resident_memory_bytes", () => process.memoryUsage.rss());
    this.#metrics.watch("process_cpu_seconds_total", cpuSeconds);
    this.#metrics.watch("process_start_time_seconds", () => startedAt);
  }

  async stop(): Promise<void> {
    this.#delays?.disable();
  }
}

/** Node measures the whole interval between two looks; what exceeds the intended one is delay. */
function longestDelay(delays: ReturnType<typeof monitorEventLoopDelay>): number {
  const longestSeconds = delays.max / 1e9;
  delays.reset();
  return Math.max(0, longestSeconds - RESOLUTION_MS / 1000);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
