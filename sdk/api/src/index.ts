export type {
  Device,
  DeviceProperty,
  DeviceSpec,
  DeviceStatus,
  PhaseName,
  ProtocolConfig,
  TwinPhase,
  TwinProperty,
  TwinStatus,
} from "./device/device.ts";
export { type DeviceId, deviceIdOf, splitDeviceId } from "./device/device-id.ts";
export type {
  AccessMode,
  DeviceModel,
  ModelProperty,
  PropertyType,
} from "./device/device-model.ts";
export type { Envelope } from "./envelope/envelope.ts";
export { type ErrorCode, MapperkitError } from "./errors.ts";
export type { Condition, ObjectMeta } from "./kubernetes/object-meta.ts";
export * as schemas from "./schemas.ts";
export type { DeviceAnnouncement } from "./twin/device-announcement.ts";
export type {
  MsgTwin,
  Outcome,
  PropertyRefusal,
  StateUpdate,
  TwinBase,
  TwinDelta,
  TwinDocument,
  TwinResult,
  TwinUpdate,
  TwinValue,
  TwinVersion,
  ValueMetadata,
} from "./twin/twin-messages.ts";
