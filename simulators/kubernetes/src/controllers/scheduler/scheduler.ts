import type { Outcome } from "@mapperkit/runtime";
import { secondsTimestamp } from "../../objects/index.ts";
import type { Change } from "../../store/index.ts";
import {
  type Cluster,
  type Condition,
  type ControlLoop,
  EventRecorder,
  NODES,
  PODS,
  type Pod,
  splitKey,
} from "../cluster/index.ts";
import { isActive } from "../workloads/index.ts";
import { chooseNode } from "./choose-node.ts";

const NAME = "default-scheduler";

/** Gives pods their nodes. */
export class Scheduler {
  readonly #cluster: Cluster;
  readonly #events: EventRecorder;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#events = new EventRecorder(cluster, NAME);
  }

  loop(): ControlLoop {
    return {
      name: "scheduler",
      follows: [PODS, NODES],
      keysOf: (change) => this.#keysOf(change),
      reconcile: (key) => this.reconcile(key),
    };
  }

  async reconcile(key: string): Promise<Outcome> {
    const { namespace, name } = splitKey(key);
    const pod = this.#cluster.find(PODS, namespace, name);
    if (pod === undefined || !isWaiting(pod)) return undefined;
    const choice = chooseNode(pod, this.#cluster.list(NODES), this.#cluster.list(PODS));
    if ("fault" in choice) await this.#refuse(pod, choice.fault);
    else await this.#bind(pod, choice.node);
    return undefined;
  }

  /** A node that changed, or a pod that left room, gives all who wait another chance. */
  #keysOf({ type, object, previous }: Change): string[] {
    if (object.resource === PODS.storage) {
      const pod = this.#cluster.read(PODS, object);
      if (type !== "DELETED" && isWaiting(pod)) return [`${object.namespace}/${object.name}`];
      const hadRoom = previous !== undefined && isActive(this.#cluster.read(PODS, previous));
      if (type !== "DELETED" && (isActive(pod) || !hadRoom)) return [];
    } else if (type === "MODIFIED" && this.#isSameNode({ object, previous })) return [];
    const waiting = this.#cluster.list(PODS).filter(isWaiting);
    return waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  }

  /** The kubelet's reports come often and say nothing that placing asks for. */
  #isSameNode({ object, previous }: Pick<Required<Change>, "object" | "previous">): boolean {
    if (previous === undefined) return false;
    const [now, before] = [object, previous].map((each) => {
      const { metadata, spec, status } = this.#cluster.read(NODES, each);
      return JSON.stringify([metadata.labels, spec, status?.allocatable]);
    });
    return now === before;
  }

  async #bind(pod: Pod, node: string): Promise<void> {
    const bound = await this.#cluster.change(PODS, pod, (current) => {
      if (isWaiting(current)) current.spec.nodeName = node;
    });
    if (bound.spec.nodeName !== node) return;
    await this.#setCondition(pod, { type: "PodScheduled", status: "True" });
    const { namespace, name } = pod.metadata;
    const message = `Successfully assigned ${namespace}/${name} to ${node}`;
    await this.#events.tell(pod, { type: "Normal", reason: "Scheduled", message });
  }

  /** Told once for each reason, not at each attempt. */
  async #refuse(pod: Pod, message: string): Promise<void> {
    const known = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (known?.status === "False" && known.message === message) return;
    const reason = "Unschedulable";
    await this.#setCondition(pod, { type: "PodScheduled", status: "False", reason, message });
    await this.#events.tell(pod, { type: "Warning", reason: "FailedScheduling", message });
  }

  async #setCondition(pod: Pod, condition: Condition): Promise<void> {
    const time = secondsTimestamp(this.#cluster.now());
    await this.#cluster.change(
      PODS,
      pod,
      (current) => {
        const { conditions = [] } = current.status ?? {};
        const others = conditions.filter(({ type }) => type !== condition.type);
        const before = conditions.find(({ type }) => type === condition.type);
        const isSame = before?.status === condition.status;
        const lastTransitionTime = (isSame ? before.lastTransitionTime : undefined) ?? time;
        const stamped = { lastProbeTime: null, ...condition, lastTransitionTime };
        current.status = { ...current.status, conditions: [...others, stamped] };
      },
      "status",
    );
  }
}

function isWaiting(pod: Pod): boolean {
  const { nodeName = "", schedulerName = NAME, schedulingGates } = pod.spec;
  const isGated = Array.isArray(schedulingGates) && schedulingGates.length > 0;
  return nodeName === "" && schedulerName === NAME && !isGated && isActive(pod);
}
