export { KubeObjectSyncs, objectSyncReflector } from "./kube-object-syncs.ts";
export { type ObjectSync, readObjectSync } from "./object-sync.ts";
export type { ObjectSyncStore } from "./object-sync-store.ts";
export { SyncController } from "./sync-controller.ts";
