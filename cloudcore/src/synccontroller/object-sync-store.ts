import type { ObjectSync } from "./object-sync.ts";

/** ObjectSyncs in Kubernetes. */
export interface ObjectSyncStore {
  /** Nothing happens when it is there already. */
  create(sync: ObjectSync, signal: AbortSignal): Promise<void>;
  /** @throws MapperkitError `not_found` */
  setStatus(sync: ObjectSync, signal: AbortSignal): Promise<void>;
  /** Nothing happens when it is gone already. */
  delete(sync: ObjectSync, signal: AbortSignal): Promise<void>;
}
