export { checkDesired } from "./device/desired-value.ts";
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
export type { DeviceFault } from "./device/device-fault.ts";
export { findDeviceFaults } from "./device/device-faults.ts";
export { type DeviceId, deviceIdOf, splitDeviceId } from "./device/device-id.ts";
export type {
  AccessMode,
  DeviceModel,
  ModelProperty,
  PropertyType,
} from "./device/device-model.ts";
export { mergeModelDefaults } from "./device/model-defaults.ts";
export { parseDevice, parseDeviceModel } from "./device/parse-device.ts";
export { checkValueOfType } from "./device/value-type.ts";
export type { Envelope } from "./envelope/envelope.ts";
export {
  type EnvelopeParts,
  encodeEnvelope,
  type Frame,
  makeEnvelope,
  parseEnvelope,
  parseFrame,
} from "./envelope/envelope-codec.ts";
export { envelopeTrace } from "./envelope/envelope-trace.ts";
export { parseResource, type Resource, resources } from "./envelope/resources.ts";
export { type ErrorCode, MapperkitError } from "./errors.ts";
export type { Condition, ObjectMeta } from "./kubernetes/object-meta.ts";
export {
  encodeMembershipList,
  encodeMembershipUpdate,
  type MemberDevice,
  type MembershipList,
  type MembershipUpdate,
  parseMembershipList,
  parseMembershipUpdate,
} from "./membership/membership-messages.ts";
export {
  addressCountOf,
  type ByteOrder,
  byteLengthOf,
  byteOrders,
  coil,
  type DataType,
  type DeviceModelPlace,
  dataTypes,
  defineModel,
  discreteInput,
  factKeys,
  findDefinitionFaults,
  findPropertyFaults,
  findWireFaults,
  holding,
  input,
  isDataType,
  isNumericType,
  type ModelDefinition,
  numericForms,
  type PropertyDefinition,
  type PropertyDefinitions,
  type PropertyFacts,
  parseDuration,
  propertyFacts,
  propertyTypeOf,
  type Readable,
  type ReadFacts,
  readPropertyFacts,
  type Space,
  type StructField,
  type TypeMap,
  toDeviceModel,
  toModelDefinition,
  toPropertyDefinition,
  type ValueOf,
  type VerifyRule,
  type Visitors,
  type Writable,
} from "./model/index.ts";
export { findEndpointFaults, findRuleFaults, type RuleFault } from "./rules/rule-faults.ts";
export {
  parseRule,
  parseRuleEndpoint,
  type Rule,
  type RuleEndpoint,
  type RuleEndpointType,
  type RuleStatus,
} from "./rules/rule-objects.ts";
export * as schemas from "./schemas.ts";
export {
  type DeviceAction,
  deviceTopic,
  parseDeviceTopic,
  type TopicForm,
} from "./topics/device-topics.ts";
export {
  announcementTopic,
  membershipTopic,
  parseAnnouncementTopic,
  parseMembershipTopic,
} from "./topics/node-topics.ts";
export type { DeviceAnnouncement } from "./twin/device-announcement.ts";
export {
  parseDeviceAnnouncement,
  parseTwinDelta,
  parseTwinDocument,
  parseTwinResult,
} from "./twin/edge-messages.ts";
export {
  encodeDeviceAnnouncement,
  encodeStateUpdate,
  encodeTwinDelta,
  encodeTwinDocument,
  encodeTwinGet,
  encodeTwinResult,
  encodeTwinUpdate,
} from "./twin/encode-messages.ts";
export { parseTwinGet } from "./twin/message-base.ts";
export type { MessageBody } from "./twin/message-body.ts";
export { encodeStateResult, parseStateResult, type StateResult } from "./twin/state-result.ts";
export { deviceStates, parseStateUpdate } from "./twin/state-update.ts";
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
export {
  type PartialTwinUpdate,
  parsePartialTwinUpdate,
  parseTwinUpdate,
} from "./twin/update/twin-update.ts";
