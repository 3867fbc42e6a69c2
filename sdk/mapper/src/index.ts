export {
  type AddressBits,
  createCodec,
  type DecodedValue,
  type Encoding,
  type ValueCodec,
} from "./codec/index.ts";
export type { BatchMapper } from "./definition/batch-mapper.ts";
export type { Address, Block, BlockMapper, DeviceLimits } from "./definition/block-mapper.ts";
export type { Context, SessionContext } from "./definition/context.ts";
export { defineMapper, type Mapper } from "./definition/define-mapper.ts";
export type {
  Claims,
  Discovered,
  Emit,
  MapperBase,
  ReadOp,
  SubscribeOp,
  Verify,
  WriteOp,
} from "./definition/mapper-base.ts";
export type { SimpleMapper } from "./definition/simple-mapper.ts";
export type { DevicePlan } from "./device-plan/device-plan.ts";
export {
  type ExplainedPlan,
  type ExplainedRequest,
  explainPlan,
} from "./device-plan/explain-plan.ts";
export type { PlanFault, PropertyPlan } from "./device-plan/property-plan.ts";
export type { DeviceHandle, HandleState, WriteResult } from "./handle/device-handle.ts";
export { type OpenOptions, openDevice } from "./handle/open-device.ts";
export type { HttpOptions } from "./http/mapper-server.ts";
export { type Line, type LineOptions, openLine } from "./line/line.ts";
export {
  type BlockPlan,
  type BlockRequest,
  planBlocks,
  type WantedBlock,
} from "./planner/index.ts";
export type { DeviceView, DeviceViews, PropertyView } from "./process/device-views.ts";
export type { DiscoverOptions } from "./process/discover.ts";
export type { ProcessObserver } from "./process/process-observer.ts";
export type { RunningMapper, RunOptions } from "./process/run-mapper.ts";
export type { SwapOutcome } from "./process/swap-driver.ts";
export { MemoryTwinLink } from "./twin-link/memory-twin-link.ts";
export {
  type MqttBroker,
  MqttTwinLink,
  type MqttTwinLinkParts,
} from "./twin-link/mqtt-twin-link.ts";
export type { DeviceState, TwinLink, TwinListener } from "./twin-link/twin-link.ts";
export type { PropertyValue } from "./values/property-value.ts";
export type { Quality, QualityReason, Reading, Sample } from "./values/sample.ts";
