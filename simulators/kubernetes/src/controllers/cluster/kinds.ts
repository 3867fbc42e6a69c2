import type { JsonObject, KubeObject } from "../../objects/index.ts";

/** A kind that controllers work with; `T` is what they read of its objects. */
export interface Kind<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly plural: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The store's name for it. */
  readonly storage: string;
  /** Never set: it carries the type. */
  readonly shape?: T;
}

export interface Condition extends JsonObject {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

export interface PodSpec extends JsonObject {
  nodeName?: string;
  schedulerName?: string;
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  affinity?: JsonObject;
  containers?: JsonObject[];
  initContainers?: JsonObject[];
}

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: JsonObject & { phase?: string; conditions?: Condition[]; podIP?: string };
}

export interface Node extends KubeObject {
  spec?: JsonObject & { taints?: Taint[]; unschedulable?: boolean };
  status?: JsonObject & { conditions?: Condition[]; allocatable?: Record<string, string> };
}

export const PODS = kind<Pod>("", "pods", "Pod");
export const NODES = kind<Node>("", "nodes", "Node");
export const EVENTS = kind("", "events", "Event");

export function kind<T extends KubeObject>(group: string, plural: string, name: string): Kind<T> {
  return {
    group,
    plural,
    kind: name,
    apiVersion: group === "" ? "v1" : `${group}/v1`,
    storage: group === "" ? plural : `${plural}.${group}`,
  };
}
