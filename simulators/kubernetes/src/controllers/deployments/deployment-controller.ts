import type { Outcome } from "@mapperkit/runtime";
import { StatusError } from "../../status/index.ts";
import type { Change } from "../../store/index.ts";
import {
  type Cluster,
  type ControlLoop,
  claim,
  controllerOf,
  EventRecorder,
  ownerKey,
  PODS,
  referenceTo,
  splitKey,
} from "../cluster/index.ts";
import {
  countPods,
  DEPLOYMENTS,
  type Deployment,
  REPLICA_SETS,
  type ReplicaSet,
  templateHash,
} from "../workloads/index.ts";
import { deadlineMs, isComplete, type Rollout, statusOf } from "./deployment-status.ts";
import {
  annotationsFor,
  byAge,
  currentSet,
  HASH_LABEL,
  hashedTemplate,
  nextRevision,
  REVISION,
  revisionOf,
  sizeAnnotations,
} from "./revisions.ts";
import { growNew, limitsOf, type SetState, shrinkOld } from "./rollout.ts";

const NOBODY = { pods: 0, ready: 0, available: 0, nextAtMs: undefined };

/** Moves a deployment's pods from one template to the next, a step at a time. */
export class DeploymentController {
  readonly #cluster: Cluster;
  readonly #events: EventRecorder;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#events = new EventRecorder(cluster, "deployment-controller");
  }

  loop(): ControlLoop {
    return {
      name: "deployments",
      follows: [DEPLOYMENTS, REPLICA_SETS, PODS],
      keysOf: (change) => this.#keysOf(change),
      reconcile: (key) => this.reconcile(key),
    };
  }

  async reconcile(key: string): Promise<Outcome> {
    const { namespace, name } = splitKey(key);
    const deployment = this.#cluster.find(DEPLOYMENTS, namespace, name);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) {
      return undefined;
    }
    const owner = { kind: DEPLOYMENTS, object: deployment, selector: deployment.spec.selector };
    const sets = await claim(this.#cluster, { owner, kind: REPLICA_SETS });
    const known = currentSet(deployment, sets);
    if (deployment.spec.paused === true) return await this.#hold(deployment, known, sets);
    const old = this.#statesOf(deployment, sets.filter((set) => set !== known).sort(byAge));
    const current = await this.#ensureSet(deployment, known, { sets, old });
    if (current === undefined) return { requeueAfterMs: 0 };
    await this.#moveOn(deployment, this.#stateOf(deployment, current), old);
    return await this.#tellStatus(deployment, { current: current.metadata.name, old }, !known);
  }

  #keysOf({ object }: Change): string[] {
    if (object.resource === DEPLOYMENTS.storage) return [`${object.namespace}/${object.name}`];
    if (object.resource === REPLICA_SETS.storage) {
      const key = ownerKey(DEPLOYMENTS, this.#cluster.read(REPLICA_SETS, object));
      return key === undefined ? [] : [key];
    }
    const setKey = ownerKey(REPLICA_SETS, this.#cluster.read(PODS, object));
    if (setKey === undefined) return [];
    const { namespace, name } = splitKey(setKey);
    const set = this.#cluster.find(REPLICA_SETS, namespace, name);
    const key = set === undefined ? undefined : ownerKey(DEPLOYMENTS, set);
    return key === undefined ? [] : [key];
  }

  /** The pods as they are now: what their sets say of them may be older. */
  #stateOf({ spec }: Deployment, set: ReplicaSet): SetState {
    const { namespace, uid } = set.metadata;
    const pods = this.#cluster
      .list(PODS, namespace)
      .filter((pod) => controllerOf(pod)?.uid === uid);
    const counts = countPods(pods, this.#cluster.now(), spec.minReadySeconds);
    return { set, wanted: set.spec.replicas ?? 1, counts };
  }

  #statesOf(deployment: Deployment, sets: readonly ReplicaSet[]): SetState[] {
    return sets.map((set) => this.#stateOf(deployment, set));
  }

  /** The set of the present template, made when there is none; undefined when its name is taken. */
  async #ensureSet(
    deployment: Deployment,
    known: ReplicaSet | undefined,
    { sets, old }: { sets: readonly ReplicaSet[]; old: readonly SetState[] },
  ): Promise<ReplicaSet | undefined> {
    const { replicas, surge } = limitsOf(deployment);
    const revision = nextRevision(known, sets);
    const annotations = annotationsFor(deployment, known, { revision, most: replicas + surge });
    await this.#cluster.change(DEPLOYMENTS, deployment, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, [REVISION]: String(revision) };
    });
    if (known === undefined) return await this.#createSet(deployment, annotations, old);
    return await this.#cluster.change(REPLICA_SETS, known, (set) => {
      set.metadata.annotations = annotations;
      if (deployment.spec.minReadySeconds === undefined) delete set.spec.minReadySeconds;
      else set.spec.minReadySeconds = deployment.spec.minReadySeconds;
    });
  }

  async #createSet(
    deployment: Deployment,
    annotations: Record<string, string>,
    old: readonly SetState[],
  ): Promise<ReplicaSet | undefined> {
    const { metadata, spec, status } = deployment;
    const hash = templateHash(spec.template, status?.collisionCount);
    const template = hashedTemplate(deployment, hash);
    const selector = spec.selector ?? {};
    const matchLabels = { ...(selector.matchLabels as object), [HASH_LABEL]: hash };
    const body = {
      metadata: {
        name: `${metadata.name}-${hash}`,
        labels: template.metadata?.labels,
        annotations,
        ownerReferences: [referenceTo(DEPLOYMENTS, deployment)],
      },
      spec: {
        replicas: 0,
        ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
        selector: { ...selector, matchLabels },
        template,
      },
    };
    const empty = { set: body as never, wanted: 0, counts: NOBODY };
    body.spec.replicas = firstSize(deployment, empty, old);
    try {
      const set = await this.#cluster.create(REPLICA_SETS, metadata.namespace ?? "", body);
      if (body.spec.replicas > 0) await this.#tellScale(deployment, set, 0, body.spec.replicas);
      return set;
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === "AlreadyExists")) throw error;
      await this.#countCollision(deployment);
      return undefined;
    }
  }

  async #countCollision(deployment: Deployment): Promise<void> {
    const count = (current: Deployment) => {
      const { collisionCount = 0 } = current.status ?? {};
      current.status = { ...current.status, collisionCount: collisionCount + 1 };
    };
    await this.#cluster.change(DEPLOYMENTS, deployment, count, "status");
  }

  async #moveOn(
    deployment: Deployment,
    current: SetState,
    old: readonly SetState[],
  ): Promise<void> {
    if (deployment.spec.strategy?.type === "Recreate") {
      for (const { set } of old) await this.#scale(deployment, set, 0);
      await this.#scale(deployment, current.set, firstSize(deployment, current, old));
      return;
    }
    const limits = limitsOf(deployment);
    const size = growNew(limits, current, old);
    if (size !== current.wanted) {
      await this.#scale(deployment, current.set, size);
      return;
    }
    for (const [set, smaller] of shrinkOld(limits, current, old)) {
      await this.#scale(deployment, set, smaller);
    }
  }

  /** A paused deployment changes no template, but its size. */
  async #hold(
    deployment: Deployment,
    current: ReplicaSet | undefined,
    sets: readonly ReplicaSet[],
  ): Promise<Outcome> {
    const active = sets.filter(({ spec }) => (spec.replicas ?? 1) > 0);
    const only = active.length === 0 ? current : active[0];
    if (active.length <= 1 && only !== undefined) {
      await this.#scale(deployment, only, deployment.spec.replicas ?? 1);
    }
    const old = this.#statesOf(
      deployment,
      sets.filter((set) => set !== current),
    );
    return await this.#tellStatus(deployment, { current: current?.metadata.name, old }, false);
  }

  async #scale(deployment: Deployment, set: ReplicaSet, size: number): Promise<void> {
    const from = set.spec.replicas ?? 1;
    const { replicas, surge } = limitsOf(deployment);
    await this.#cluster.change(REPLICA_SETS, set, (current) => {
      current.spec.replicas = size;
      const { annotations } = current.metadata;
      const sizes = sizeAnnotations(deployment, replicas + surge);
      current.metadata.annotations = { ...annotations, ...sizes };
    });
    if (from !== size) await this.#tellScale(deployment, set, from, size);
  }

  async #tellScale(
    deployment: Deployment,
    { metadata }: ReplicaSet,
    from: number,
    to: number,
  ): Promise<void> {
    const direction = to > from ? "up" : "down";
    const message = `Scaled ${direction} replica set ${metadata.name} from ${from} to ${to}`;
    await this.#events.tell(deployment, { type: "Normal", reason: "ScalingReplicaSet", message });
  }

  async #tellStatus(
    deployment: Deployment,
    { current, old }: { readonly current: string | undefined; readonly old: readonly SetState[] },
    isNew: boolean,
  ): Promise<Outcome> {
    const { namespace = "", name = "" } = deployment.metadata;
    const present = this.#cluster.find(DEPLOYMENTS, namespace, name);
    if (present === undefined) return undefined;
    const find = (set: string) => this.#cluster.find(REPLICA_SETS, namespace, set);
    const now = (set: ReplicaSet | undefined) =>
      set === undefined ? [] : [this.#stateOf(deployment, set)];
    const rollout: Rollout = {
      current: current === undefined ? undefined : now(find(current))[0],
      old: old.flatMap(({ set }) => now(find(set.metadata.name ?? ""))),
      isNew,
    };
    const nowMs = this.#cluster.now();
    // The generation that was looked at, which may not be the present one.
    const looked = { ...present, metadata: deployment.metadata, spec: deployment.spec };
    const status = statusOf(looked, rollout, nowMs);
    const told = await this.#cluster.change(
      DEPLOYMENTS,
      deployment,
      (object) => {
        object.status = status;
      },
      "status",
    );
    if (isComplete(deployment, status)) await this.#forget(deployment, rollout.old);
    const times = [deadlineMs(told), rollout.current?.counts.nextAtMs].filter(
      (time) => time !== undefined,
    );
    return times.length === 0
      ? undefined
      : { requeueAfterMs: Math.max(1, Math.min(...times) - nowMs) };
  }

  /** Keeps as much history as asked for. */
  async #forget({ spec }: Deployment, old: readonly SetState[]): Promise<void> {
    const idle = old
      .filter(({ wanted, counts }) => wanted === 0 && counts.pods === 0)
      .map(({ set }) => set)
      .sort((a, b) => revisionOf(a) - revisionOf(b));
    const surplus = Math.max(0, idle.length - (spec.revisionHistoryLimit ?? 10));
    for (const set of idle.slice(0, surplus)) await this.#cluster.remove(REPLICA_SETS, set);
  }
}

/** Recreate waits until the old pods are gone. */
function firstSize(deployment: Deployment, current: SetState, old: readonly SetState[]): number {
  if (deployment.spec.strategy?.type !== "Recreate") {
    return growNew(limitsOf(deployment), current, old);
  }
  const isFree = old.every(({ wanted, counts }) => wanted === 0 && counts.pods === 0);
  return isFree ? (deployment.spec.replicas ?? 1) : current.wanted;
}
