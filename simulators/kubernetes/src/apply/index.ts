export type { ApplyConflict } from "./conflicts.ts";
export { type Apply, type ApplyResult, serverSideApply } from "./server-side-apply.ts";
export { type TrackedUpdate, trackUpdate } from "./track-update.ts";
