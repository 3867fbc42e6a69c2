export type { Context } from "./definition/context.ts";
export { defineMapper, type Mapper, type RunOptions } from "./definition/define-mapper.ts";
export type {
  Claims,
  MapperBase,
  ReadOp,
  SimpleMapper,
  Verify,
  WriteOp,
} from "./definition/simple-mapper.ts";
export { type Line, type LineOptions, openLine } from "./line/line.ts";
export { MemoryTwinLink } from "./twin-link/memory-twin-link.ts";
export { MqttTwinLink, type MqttTwinLinkParts } from "./twin-link/mqtt-twin-link.ts";
export type { DeviceState, TwinLink, TwinListener } from "./twin-link/twin-link.ts";
export type { PropertyValue } from "./values/property-value.ts";
export type { Quality, QualityReason, Sample } from "./values/sample.ts";
