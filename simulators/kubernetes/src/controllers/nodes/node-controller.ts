import type { Clock, Outcome } from "@mapperkit/runtime";
import { type KubeObject, sameJson, secondsTimestamp } from "../../objects/index.ts";
import type { Change } from "../../store/index.ts";
import {
  type Cluster,
  type Condition,
  type ControlLoop,
  EventRecorder,
  kind,
  NODES,
  type Node,
  PODS,
} from "../cluster/index.ts";
import { isReady } from "../workloads/index.ts";
import { Heartbeats } from "./heartbeats.ts";
import { taintsOf } from "./node-taints.ts";

/** `node-monitor-grace-period` of Kubernetes 1.32. */
export const GRACE_MS = 50_000;
export const LEASES = kind<KubeObject>("coordination.k8s.io", "leases", "Lease");
const LEASE_NAMESPACE = "kube-node-lease";
const TOLD_BY_NODE = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** Says of nodes that are not heard of any more that nothing is known of them, and taints by conditions. */
export class NodeController {
  readonly #cluster: Cluster;
  readonly #events: EventRecorder;
  readonly #heartbeats: Heartbeats;

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#events = new EventRecorder(cluster, "node-controller");
    this.#heartbeats = new Heartbeats(clock);
  }

  loop(): ControlLoop {
    return {
      name: "nodes",
      follows: [NODES, LEASES],
      keysOf: ({ object }: Change) =>
        object.resource === NODES.storage || object.namespace === LEASE_NAMESPACE
          ? [object.name]
          : [],
      reconcile: (key) => this.reconcile(key),
    };
  }

  async reconcile(name: string): Promise<Outcome> {
    const found = this.#cluster.find(NODES, "", name);
    if (found === undefined) {
      this.#heartbeats.forget(name);
      return undefined;
    }
    const lease = this.#cluster.find(LEASES, LEASE_NAMESPACE, name);
    const silenceMs = this.#heartbeats.silenceMs(found, lease);
    const isSilent = silenceMs >= GRACE_MS;
    const node = isSilent ? await this.#giveUp(found) : found;
    await this.#taint(node);
    if (readyOf(node)?.status !== "True" && readyOf(node) !== undefined) await this.#tellPods(node);
    return isSilent ? undefined : { requeueAfterMs: GRACE_MS - silenceMs };
  }

  async #giveUp(node: Node): Promise<Node> {
    const { conditions = [] } = node.status ?? {};
    const time = secondsTimestamp(this.#cluster.now());
    const known = new Map(conditions.map((condition) => [condition.type, condition]));
    for (const type of TOLD_BY_NODE) known.set(type, unknown(type, known.get(type), node, time));
    const next = [...known.values()];
    if (sameJson(conditions, next)) return node;
    const changed = await this.#cluster.change(
      NODES,
      node,
      (current) => {
        current.status = { ...current.status, conditions: next };
      },
      "status",
    );
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    await this.#events.tell(node, { type: "Normal", reason: "NodeNotReady", message });
    return changed;
  }

  async #taint(node: Node): Promise<void> {
    const taints = taintsOf(node, secondsTimestamp(this.#cluster.now()));
    if (sameJson(taints, node.spec?.taints ?? [])) return;
    await this.#cluster.change(NODES, node, (current) => {
      const { taints: _, ...spec } = current.spec ?? {};
      current.spec = taints.length > 0 ? { ...spec, taints } : spec;
    });
  }

  /** Pods of a node that is not ready are not either, until its kubelet says so again. */
  async #tellPods({ metadata }: Node): Promise<void> {
    const time = secondsTimestamp(this.#cluster.now());
    for (const pod of this.#cluster.list(PODS)) {
      if (pod.spec.nodeName !== metadata.name || !isReady(pod)) continue;
      const set = (each: Condition): Condition =>
        each.type === "Ready" ? { ...each, status: "False", lastTransitionTime: time } : each;
      await this.#cluster.change(
        PODS,
        pod,
        ({ status }) => {
          if (status?.conditions !== undefined) status.conditions = status.conditions.map(set);
        },
        "status",
      );
      const message = "Node is not ready";
      await this.#events.tell(pod, { type: "Warning", reason: "NodeNotReady", message });
    }
  }
}

function readyOf({ status }: Node): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready");
}

function unknown(
  type: string,
  known: Condition | undefined,
  { metadata }: Node,
  time: string,
): Condition {
  if (known?.status === "Unknown") return known;
  const isNew = known === undefined;
  return {
    type,
    status: "Unknown",
    lastHeartbeatTime: known?.lastHeartbeatTime ?? metadata.creationTimestamp ?? time,
    lastTransitionTime: time,
    reason: isNew ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
    message: isNew ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
  };
}
