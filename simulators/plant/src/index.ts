export { LineServer, type LineServerOptions } from "./line/line-server.ts";
export { type Line, LineSplitter } from "./line/line-splitter.ts";
export { dailyCycle } from "./process/daily-cycle.ts";
export { Drift, type DriftOptions } from "./process/drift.ts";
