export type {
  AddressSpan,
  BlockLimits,
  BlockPlan,
  BlockRequest,
  WantedBlock,
} from "./block-plan.ts";
export {
  addressBitsOf,
  type BusLoad,
  type BusRound,
  busLoadOf,
  busOverload,
  type FrameCost,
  requestTimeMs,
} from "./bus-load.ts";
export { type NetworkLine, rtuFrameCost, type SerialLine, tcpFrameCost } from "./frame-costs.ts";
export { gatherItem, type ReadBlock } from "./gather-item.ts";
export { planBlocks } from "./plan-blocks.ts";
export { diffPlans, type PlanDiff } from "./plan-diff.ts";
export { type PlannedBefore, replanBlocks } from "./replan-blocks.ts";
export { neverReadOf } from "./wanted-faults.ts";
