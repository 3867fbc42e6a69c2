export { DeviceController } from "./device-controller.ts";
export type { EdgeLink, HeldObjects, Ownership, WantedObject } from "./edge-link.ts";
export {
  type DeviceFileMap,
  PROFILE_KEY,
  type ProfileRef,
  type ProfileStore,
} from "./profiles/index.ts";
export type { DeviceTransition } from "./status/status-transitions.ts";
export type { StatusStore, TransitionLog } from "./status/status-writer.ts";
