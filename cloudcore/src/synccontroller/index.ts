export { KubeObjectSyncs, objectSyncReflector } from "./kube-object-syncs.ts";
export { type ObjectSync, readObjectSync } from "./object-sync.ts";
export { SyncController } from "./sync-controller.ts";
