export { Cluster } from "./cluster.ts";
export { type ControlLoop, startLoop } from "./control-loop.ts";
export { EventRecorder } from "./event-recorder.ts";
export {
  type Condition,
  type Kind,
  kind,
  NODES,
  type Node,
  PODS,
  type Pod,
  type PodSpec,
  type Taint,
  type Toleration,
} from "./kinds.ts";
export { holds, type Requirement, requirementsOf, selects } from "./label-selector.ts";
export { claim, controllerOf, ownerKey, referenceTo, splitKey } from "./ownership.ts";
