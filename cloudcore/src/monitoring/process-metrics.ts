import type { Clock } from "@mapperkit/runtime";
import type { Metric } from "./metric.ts";

/** What Prometheus's own clients tell of every process. */
export function processMetrics(clock: Clock): readonly Metric[] {
  const startedAt = clock.now() / 1000 - process.uptime();
  return [
    {
      name: "process_resident_memory_bytes",
      type: "gauge",
      help: "Resident memory of the process",
      read: () => process.memoryUsage.rss(),
    },
    {
      name: "process_cpu_seconds_total",
      type: "counter",
      help: "User and system time of the process, all threads",
      read: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1_000_000;
      },
    },
    {
      name: "process_start_time_seconds",
      type: "gauge",
      help: "When the process began, in Unix time",
      read: () => startedAt,
    },
  ];
}
