import type { Outcome } from "@mapperkit/runtime";
import type { Change } from "../../store/index.ts";
import {
  type Cluster,
  type ControlLoop,
  claim,
  EventRecorder,
  NODES,
  ownerKey,
  PODS,
  type Pod,
  selects,
  splitKey,
} from "../cluster/index.ts";
import {
  amountOf,
  availableAtMs,
  countPods,
  DAEMON_SETS,
  type DaemonSet,
  isActive,
  isReady,
} from "../workloads/index.ts";
import { daemonPod, HASH_LABEL, hashOf, nodeOf, placeOf } from "./daemon-pod.ts";

/** The nodes of a set: where it ought to run, and the pod that each of all nodes has. */
interface Ground {
  readonly wanted: ReadonlySet<string>;
  readonly pods: ReadonlyMap<string, Pod>;
}

/** Keeps one pod of a template on each node that takes it. */
export class DaemonSetController {
  readonly #cluster: Cluster;
  readonly #events: EventRecorder;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#events = new EventRecorder(cluster, "daemonset-controller");
  }

  loop(): ControlLoop {
    return {
      name: "daemonsets",
      follows: [DAEMON_SETS, PODS, NODES],
      keysOf: (change) => this.#keysOf(change),
      reconcile: (key) => this.reconcile(key),
    };
  }

  async reconcile(key: string): Promise<Outcome> {
    const { namespace, name } = splitKey(key);
    const set = this.#cluster.find(DAEMON_SETS, namespace, name);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
    const owner = { kind: DAEMON_SETS, object: set, selector: set.spec.selector };
    const claimed = await claim(this.#cluster, { owner, kind: PODS });
    const ground = await this.#place(set, claimed);
    await this.#update(set, ground);
    return await this.#tellStatus(set, ground);
  }

  #keysOf({ type, object, previous }: Change): string[] {
    if (object.resource === DAEMON_SETS.storage) return [`${object.namespace}/${object.name}`];
    if (object.resource === PODS.storage) return this.#setsOf(this.#cluster.read(PODS, object));
    const facts = [object, ...(previous === undefined ? [] : [previous])].map((each) => {
      const { metadata, spec } = this.#cluster.read(NODES, each);
      return JSON.stringify([metadata.labels, spec]);
    });
    if (type === "MODIFIED" && facts[0] === facts[1]) return [];
    return this.#cluster.list(DAEMON_SETS).map(keyOf);
  }

  #setsOf(pod: Pod): string[] {
    const key = ownerKey(DAEMON_SETS, pod);
    if (key !== undefined) return [key];
    const { namespace, labels } = pod.metadata;
    const sets = this.#cluster.list(DAEMON_SETS, namespace);
    return sets.filter(({ spec }) => selects(spec.selector, labels)).map(keyOf);
  }

  /** Adds the pods that are missing, and removes ended ones, doubles and those out of place. */
  async #place(set: DaemonSet, claimed: readonly Pod[]): Promise<Ground> {
    const nodes = this.#cluster.list(NODES);
    const places = new Map(nodes.map((node) => [node.metadata.name ?? "", placeOf(set, node)]));
    const pods = new Map<string, Pod>();
    for (const pod of claimed.toSorted(byAge)) {
      const node = nodeOf(pod) ?? "";
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      if (isActive(pod) && places.get(node)?.stays === true && !pods.has(node)) pods.set(node, pod);
      else await this.#remove(set, pod);
    }
    const wanted = new Set([...places].filter(([, { runs }]) => runs).map(([node]) => node));
    for (const node of wanted) {
      if (!pods.has(node)) pods.set(node, await this.#add(set, node));
    }
    return { wanted, pods };
  }

  /** Old pods go as long as enough others are available; those that are not go at once. */
  async #update(set: DaemonSet, { wanted, pods }: Ground): Promise<void> {
    const { type = "RollingUpdate", rollingUpdate = {} } = set.spec.updateStrategy ?? {};
    if (type !== "RollingUpdate") return;
    const most = amountOf(rollingUpdate.maxUnavailable ?? 1, wanted.size, Math.ceil);
    const mine = [...wanted].flatMap((node) => pods.get(node) ?? []);
    const missing = mine.filter((pod) => !this.#isAvailable(set, pod)).length;
    let budget = Math.max(1, most) - missing;
    for (const pod of mine) {
      if (isCurrent(set, pod)) continue;
      const isMissed = this.#isAvailable(set, pod);
      if (isMissed && budget <= 0) continue;
      if (isMissed) budget -= 1;
      await this.#remove(set, pod);
    }
  }

  #isAvailable({ spec }: DaemonSet, pod: Pod): boolean {
    const atMs = availableAtMs(pod, spec.minReadySeconds);
    return atMs !== undefined && atMs <= this.#cluster.now();
  }

  async #add(set: DaemonSet, node: string): Promise<Pod> {
    const body = daemonPod(set, node);
    const pod = await this.#cluster.create(PODS, set.metadata.namespace ?? "", body);
    const message = `Created pod: ${pod.metadata.name}`;
    await this.#events.tell(set, { type: "Normal", reason: "SuccessfulCreate", message });
    return pod;
  }

  async #remove(set: DaemonSet, pod: Pod): Promise<void> {
    await this.#cluster.remove(PODS, pod);
    const message = `Deleted pod: ${pod.metadata.name}`;
    await this.#events.tell(set, { type: "Normal", reason: "SuccessfulDelete", message });
  }

  async #tellStatus(set: DaemonSet, { wanted, pods }: Ground): Promise<Outcome> {
    const placed = [...pods].filter(([node]) => wanted.has(node)).map(([, pod]) => pod);
    const present = placed.flatMap((pod) => this.#present(pod) ?? []);
    const nowMs = this.#cluster.now();
    const { available, nextAtMs } = countPods(present, nowMs, set.spec.minReadySeconds);
    const updated = present.filter((pod) => isCurrent(set, pod)).length;
    const unavailable = wanted.size - available;
    const status = {
      currentNumberScheduled: present.length,
      numberMisscheduled: pods.size - placed.length,
      desiredNumberScheduled: wanted.size,
      numberReady: present.filter(isReady).length,
      observedGeneration: set.metadata.generation ?? 0,
      ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
      ...(available > 0 ? { numberAvailable: available } : {}),
      ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    };
    const change = (current: DaemonSet) => {
      current.status = status;
    };
    await this.#cluster.change(DAEMON_SETS, set, change, "status");
    return nextAtMs === undefined ? undefined : { requeueAfterMs: nextAtMs - nowMs };
  }

  #present({ metadata }: Pod): Pod | undefined {
    return this.#cluster.find(PODS, metadata.namespace ?? "", metadata.name ?? "");
  }
}

function isCurrent(set: DaemonSet, { metadata }: Pod): boolean {
  return metadata.labels?.[HASH_LABEL] === hashOf(set);
}

function keyOf({ metadata }: DaemonSet): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function byAge(a: Pod, b: Pod): number {
  return (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? "");
}
