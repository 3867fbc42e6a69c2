import { secondsTimestamp } from "../../objects/index.ts";
import type { Condition } from "../cluster/index.ts";
import type { Deployment, DeploymentStatus } from "../workloads/index.ts";
import { limitsOf, type SetState } from "./rollout.ts";

export interface Rollout {
  readonly current: SetState | undefined;
  readonly old: readonly SetState[];
  /** The set was made by this very step. */
  readonly isNew: boolean;
}

/** What the deployment says about its pods. */
export function statusOf(deployment: Deployment, rollout: Rollout, nowMs: number) {
  const { current, old } = rollout;
  const all = [...(current === undefined ? [] : [current]), ...old];
  const sum = (key: "pods" | "ready" | "available") =>
    all.reduce((total, each) => total + each.counts[key], 0);
  const available = sum("available");
  const before = deployment.status ?? {};
  const counts: DeploymentStatus = nonZero({
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum("pods"),
    updatedReplicas: current?.counts.pods ?? 0,
    readyReplicas: sum("ready"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, all.reduce((n, each) => n + each.wanted, 0) - available),
    collisionCount: before.collisionCount ?? 0,
  });
  const conditions = [
    stamp(availability(deployment, available), before.conditions, nowMs),
    progress(deployment, rollout, counts, nowMs),
  ].filter((each) => each !== undefined);
  return { ...counts, conditions };
}

/** All pods are of the present template, and no others are left. */
export function isComplete({ spec }: Deployment, counts: DeploymentStatus): boolean {
  const wanted = spec.replicas ?? 1;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = counts;
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
}

/** When a rollout that does not move is given up; undefined when none runs. */
export function deadlineMs({ spec, status }: Deployment): number | undefined {
  const seconds = spec.progressDeadlineSeconds;
  const known = status?.conditions?.find(({ type }) => type === "Progressing");
  if (seconds === undefined || known === undefined || spec.paused === true) return undefined;
  if (known.status === "False" || known.reason === "NewReplicaSetAvailable") return undefined;
  const sinceMs = Date.parse(String(known.lastUpdateTime));
  return Number.isNaN(sinceMs) ? undefined : sinceMs + seconds * 1000;
}

function availability(deployment: Deployment, available: number): Condition {
  const { replicas, unavailable } = limitsOf(deployment);
  if (available >= replicas - unavailable) {
    const message = "Deployment has minimum availability.";
    return { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message };
  }
  const message = "Deployment does not have minimum availability.";
  return { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", message };
}

function progress(
  deployment: Deployment,
  { current, isNew }: Rollout,
  counts: DeploymentStatus,
  nowMs: number,
): Condition | undefined {
  const known = deployment.status?.conditions;
  const last = known?.find(({ type }) => type === "Progressing");
  const name = current?.set.metadata.name ?? "";
  const say = (status: string, reason: string, message: string, isNews = false) =>
    stamp({ type: "Progressing", status, reason, message }, known, nowMs, isNews);
  if (deployment.spec.paused === true) {
    return say("Unknown", "DeploymentPaused", "Deployment is paused");
  }
  if (last?.reason === "DeploymentPaused") {
    return say("Unknown", "DeploymentResumed", "Deployment is resumed");
  }
  if (isNew) return say("True", "NewReplicaSetCreated", `Created new replica set "${name}"`, true);
  const isSettled =
    last?.reason === "NewReplicaSetAvailable" && counts.replicas === counts.updatedReplicas;
  if (isSettled && last.message?.includes(`"${name}"`) === true) return last;
  if (isComplete(deployment, counts)) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    return say("True", "NewReplicaSetAvailable", message);
  }
  if (hasMoved(deployment.status ?? {}, counts)) {
    return say("True", "ReplicaSetUpdated", `ReplicaSet "${name}" is progressing.`, true);
  }
  if (last === undefined) {
    return say("True", "FoundNewReplicaSet", `Found new replica set "${name}"`);
  }
  if (nowMs >= (deadlineMs(deployment) ?? Number.POSITIVE_INFINITY)) {
    const message = `ReplicaSet "${name}" has timed out progressing.`;
    return say("False", "ProgressDeadlineExceeded", message);
  }
  return last;
}

function hasMoved(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** Times move with what they are about: the status, or also the reason or other news. */
function stamp(
  condition: Condition,
  known: readonly Condition[] | undefined,
  nowMs: number,
  isNews = false,
): Condition {
  const last = known?.find(({ type }) => type === condition.type);
  const time = secondsTimestamp(nowMs);
  const isSame = last?.status === condition.status;
  if (isSame && last.reason === condition.reason && last.message === condition.message && !isNews) {
    return last;
  }
  return {
    ...condition,
    lastUpdateTime: time,
    lastTransitionTime: (isSame ? last.lastTransitionTime : undefined) ?? time,
  };
}

/** Go leaves zeros out. */
function nonZero(numbers: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0));
}
