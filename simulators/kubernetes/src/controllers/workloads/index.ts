export { amountOf } from "./amount.ts";
export { availableAtMs, countPods, isActive, isReady, type PodCounts } from "./pod-state.ts";
export { templateHash } from "./template-hash.ts";
export {
  DAEMON_SETS,
  type DaemonSet,
  DEPLOYMENTS,
  type Deployment,
  type DeploymentStatus,
  type PodTemplate,
  REPLICA_SETS,
  type ReplicaSet,
} from "./workload-kinds.ts";
