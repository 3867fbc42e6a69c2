export {
  type Apply,
  type ApplyConflict,
  type ApplyResult,
  serverSideApply,
} from "./server-side-apply.ts";
export { type TrackedUpdate, trackUpdate } from "./track-update.ts";
