import type { JsonObject, KubeObject, Metadata } from "../../objects/index.ts";
import { type Condition, kind, type PodSpec } from "../cluster/index.ts";

export interface PodTemplate {
  readonly metadata?: Metadata;
  readonly spec: PodSpec;
}

export interface ReplicaSet extends KubeObject {
  spec: JsonObject & {
    replicas?: number;
    minReadySeconds?: number;
    selector?: JsonObject;
    template: PodTemplate;
  };
  status?: JsonObject & { replicas?: number };
}

export interface DeploymentStatus extends JsonObject {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  collisionCount?: number;
  conditions?: Condition[];
}

export interface Deployment extends KubeObject {
  spec: JsonObject & {
    replicas?: number;
    minReadySeconds?: number;
    paused?: boolean;
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
    selector?: JsonObject;
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: unknown; maxUnavailable?: unknown } };
    template: PodTemplate;
  };
  status?: DeploymentStatus;
}

export interface DaemonSet extends KubeObject {
  spec: JsonObject & {
    minReadySeconds?: number;
    selector?: JsonObject;
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: unknown } };
    template: PodTemplate;
  };
  status?: JsonObject;
}

export const REPLICA_SETS = kind<ReplicaSet>("apps", "replicasets", "ReplicaSet");
export const DEPLOYMENTS = kind<Deployment>("apps", "deployments", "Deployment");
export const DAEMON_SETS = kind<DaemonSet>("apps", "daemonsets", "DaemonSet");
