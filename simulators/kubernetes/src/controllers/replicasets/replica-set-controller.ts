import type { Outcome } from "@mapperkit/runtime";
import {
  type Cluster,
  type ControlLoop,
  claim,
  EventRecorder,
  ownerKey,
  PODS,
  type Pod,
  referenceTo,
  selects,
  splitKey,
} from "../cluster/index.ts";
import { countPods, isActive, REPLICA_SETS, type ReplicaSet } from "../workloads/index.ts";
import { byLoss } from "./deletion-order.ts";

/** Keeps as many pods of one template as asked for. */
export class ReplicaSetController {
  readonly #cluster: Cluster;
  readonly #events: EventRecorder;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#events = new EventRecorder(cluster, "replicaset-controller");
  }

  loop(): ControlLoop {
    return {
      name: "replicasets",
      follows: [REPLICA_SETS, PODS],
      keysOf: ({ object, previous }) =>
        object.resource === PODS.storage
          ? [object, ...(previous === undefined ? [] : [previous])].flatMap((each) =>
              this.#setsOf(this.#cluster.read(PODS, each)),
            )
          : [`${object.namespace}/${object.name}`],
      reconcile: (key) => this.reconcile(key),
    };
  }

  async reconcile(key: string): Promise<Outcome> {
    const { namespace, name } = splitKey(key);
    const set = this.#cluster.find(REPLICA_SETS, namespace, name);
    if (set === undefined) return undefined;
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    const owner = { kind: REPLICA_SETS, object: set, selector: set.spec.selector };
    const pods = (await claim(this.#cluster, { owner, kind: PODS })).filter(isActive);
    const surplus = pods.length - (set.spec.replicas ?? 1);
    for (let missing = -surplus; missing > 0; missing--) pods.push(await this.#addPod(set));
    const leaving = new Set(surplus > 0 ? pods.toSorted(byLoss).slice(0, surplus) : []);
    for (const pod of leaving) await this.#removePod(set, pod);
    return await this.#tellStatus(
      set,
      pods.filter((pod) => !leaving.has(pod)),
    );
  }

  /** The set that manages the pod, or those that may want to. */
  #setsOf(pod: Pod): string[] {
    const key = ownerKey(REPLICA_SETS, pod);
    if (key !== undefined) return [key];
    const { namespace, labels } = pod.metadata;
    return this.#cluster
      .list(REPLICA_SETS, namespace)
      .filter(({ spec }) => selects(spec.selector, labels))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  }

  async #addPod(set: ReplicaSet): Promise<Pod> {
    const { metadata = {}, spec } = set.spec.template;
    const { labels, annotations, finalizers } = metadata;
    const pod = await this.#cluster.create(PODS, set.metadata.namespace ?? "", {
      metadata: {
        generateName: `${set.metadata.name}-`,
        ...{ labels, annotations, finalizers },
        ownerReferences: [referenceTo(REPLICA_SETS, set)],
      },
      spec,
    });
    const message = `Created pod: ${pod.metadata.name}`;
    await this.#events.tell(set, { type: "Normal", reason: "SuccessfulCreate", message });
    return pod;
  }

  async #removePod(set: ReplicaSet, pod: Pod): Promise<void> {
    await this.#cluster.remove(PODS, pod);
    const message = `Deleted pod: ${pod.metadata.name}`;
    await this.#events.tell(set, { type: "Normal", reason: "SuccessfulDelete", message });
  }

  async #tellStatus(set: ReplicaSet, pods: readonly Pod[]): Promise<Outcome> {
    const nowMs = this.#cluster.now();
    const counts = countPods(pods, nowMs, set.spec.minReadySeconds);
    const wanted = set.spec.template.metadata?.labels ?? {};
    const labelled = pods.filter((pod) => selects({ matchLabels: wanted }, pod.metadata.labels));
    await this.#cluster.change(
      REPLICA_SETS,
      set,
      (current) => {
        current.status = {
          replicas: counts.pods,
          ...nonZero({ fullyLabeledReplicas: labelled.length }),
          ...nonZero({ readyReplicas: counts.ready, availableReplicas: counts.available }),
          observedGeneration: set.metadata.generation ?? 0,
        };
      },
      "status",
    );
    return counts.nextAtMs === undefined ? undefined : { requeueAfterMs: counts.nextAtMs - nowMs };
  }
}

/** Go leaves zeros out. */
function nonZero(numbers: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0));
}
