export type { Metric } from "./metric.ts";
export { Monitor } from "./monitor.ts";
export { type MonitorConfig, monitorConfig } from "./monitor-config.ts";
