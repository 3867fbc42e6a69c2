export { type Admission, type AdmissionAsked, askedBy, CONTROLLER_USER } from "./admission.ts";
export { createObject } from "./create.ts";
export {
  type DeleteOptions,
  type DeletePolicy,
  type Deletion,
  deleteObject,
  FOREGROUND_FINALIZER,
  markDeleted,
  ORPHAN_FINALIZER,
} from "./delete.ts";
export { encodeAll, encoder, typePrefix, view, viewAll } from "./encode.ts";
export {
  copyOf,
  groupVersion,
  isJsonObject,
  type JsonObject,
  type KubeObject,
  type Metadata,
  type OwnerReference,
  sameJson,
  secondsTimestamp,
} from "./kube-object.ts";
export { APPLY_PATCH, checkApplyOptions, checkPatchType, patchObject } from "./patch.ts";
export { isFinished, updateObject } from "./update.ts";
export type { Target, World, WriteOptions } from "./world.ts";
