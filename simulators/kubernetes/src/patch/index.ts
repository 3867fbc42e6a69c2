export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
export { PatchError, type PatchErrorKind } from "./patch-error.ts";
export {
  applyStrategicMergePatch,
  type MergeKey,
  type MergeKeys,
} from "./strategic-merge-patch.ts";
