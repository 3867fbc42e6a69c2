import type { Clock, Outcome } from "@mapperkit/runtime";
import type { Change } from "../../store/index.ts";
import {
  type Cluster,
  type ControlLoop,
  EventRecorder,
  NODES,
  type Node,
  PODS,
  type Pod,
  splitKey,
  type Taint,
  type Toleration,
} from "../cluster/index.ts";
import { tolerates } from "../scheduler/index.ts";

/** How long pods of a node that is gone may wait for it to come back. */
const GONE_MS = 40_000;
/** What every pod of a cluster tolerates whose author did not think of it. */
const DEFAULT_SECONDS = 300;
const DEFAULTS: readonly Toleration[] = ["not-ready", "unreachable"].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: DEFAULT_SECONDS,
}));

interface Wait {
  readonly why: string;
  readonly sinceMs: number;
}

/** Removes pods from nodes whose taints they do not tolerate any longer, and from nodes that are gone. */
export class EvictionController {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #events: EventRecorder;
  /** By the pod's key: since when it only waits, by this server's monotonic clock. */
  readonly #waits = new Map<string, Wait>();

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#events = new EventRecorder(cluster, "taint-eviction-controller");
  }

  loop(): ControlLoop {
    return {
      name: "evictions",
      follows: [NODES, PODS],
      keysOf: (change) => this.#keysOf(change),
      reconcile: (key) => this.reconcile(key),
    };
  }

  async reconcile(key: string): Promise<Outcome> {
    const { namespace, name } = splitKey(key);
    const pod = this.#cluster.find(PODS, namespace, name);
    const limit = pod === undefined ? undefined : this.#limitOf(pod);
    if (pod === undefined || limit === undefined) {
      this.#waits.delete(key);
      return undefined;
    }
    const nowMs = this.#clock.monotonic();
    const known = this.#waits.get(key);
    const wait = known?.why === limit.why ? known : { why: limit.why, sinceMs: nowMs };
    this.#waits.set(key, wait);
    const leftMs = wait.sinceMs + limit.ms - nowMs;
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    this.#waits.delete(key);
    const message = `Marking for deletion Pod ${key}`;
    const reason = "TaintManagerEviction";
    if (limit.isTaint) await this.#events.tell(pod, { type: "Normal", reason, message });
    await this.#cluster.remove(PODS, pod);
    return undefined;
  }

  #keysOf({ type, object, previous }: Change): string[] {
    if (object.resource === PODS.storage) {
      const isNews = type !== "MODIFIED" || this.#nodeOf(object) !== this.#nodeOf(previous);
      return isNews ? [`${object.namespace}/${object.name}`] : [];
    }
    const taints = (stored: Change["previous"]) =>
      stored && JSON.stringify(this.#cluster.read(NODES, stored).spec?.taints);
    if (type === "MODIFIED" && taints(object) === taints(previous)) return [];
    const pods = this.#cluster.list(PODS).filter(({ spec }) => spec.nodeName === object.name);
    return pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  }

  #nodeOf(stored: Change["previous"]): string | undefined {
    return stored && this.#cluster.read(PODS, stored).spec.nodeName;
  }

  /** How long the pod may stay where it is; undefined: for ever. */
  #limitOf(pod: Pod): { why: string; ms: number; isTaint: boolean } | undefined {
    const { nodeName = "" } = pod.spec;
    if (nodeName === "" || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const id = `${pod.metadata.uid} ${nodeName}`;
    const node = this.#cluster.find(NODES, "", nodeName);
    if (node === undefined) return { why: `${id} is gone`, ms: GONE_MS, isTaint: false };
    const taints = executing(node);
    const limits = taints.map((taint) => patienceMs(pod, taint));
    const ms = Math.min(...limits, Number.POSITIVE_INFINITY);
    if (ms === Number.POSITIVE_INFINITY) return undefined;
    return { why: `${id} ${JSON.stringify(taints)}`, ms, isTaint: true };
  }
}

function executing({ spec }: Node): Taint[] {
  return (spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute");
}

/** 0 for a taint that the pod does not tolerate. */
function patienceMs({ spec }: Pod, taint: Taint): number {
  const own = spec.tolerations ?? [];
  const asked = own.filter((toleration) => tolerates(toleration, taint));
  const used = asked.length > 0 ? asked : DEFAULTS.filter((each) => tolerates(each, taint));
  if (used.length === 0) return 0;
  const seconds = used.map((each) => each.tolerationSeconds ?? Number.POSITIVE_INFINITY);
  return Math.max(0, Math.min(...seconds)) * 1000;
}
