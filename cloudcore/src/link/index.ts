/** The cloud's end of the link without Kubernetes and without programs around it. */
export { CloudHub, dispatchBySource, hubConfig, type NodeListener } from "../cloudhub/index.ts";
export {
  DeviceController,
  type DeviceTransition,
  type StatusStore,
  type TransitionLog,
} from "../devicecontroller/index.ts";
export { type ObjectSync, type ObjectSyncStore, SyncController } from "../synccontroller/index.ts";
