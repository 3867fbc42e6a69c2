export type { CutReason } from "./change-queue.ts";
export type { WatchOutput } from "./event-writer.ts";
export { Watch } from "./watch.ts";
export { WatchHub } from "./watch-hub.ts";
