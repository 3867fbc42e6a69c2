import { amountOf, type Deployment, type PodCounts, type ReplicaSet } from "../workloads/index.ts";

/** One replica set of a deployment with the pods it has at this moment. */
export interface SetState {
  readonly set: ReplicaSet;
  /** How many it was told to have. */
  readonly wanted: number;
  readonly counts: PodCounts;
}

export interface Limits {
  readonly replicas: number;
  readonly surge: number;
  readonly unavailable: number;
}

export function limitsOf({ spec }: Deployment): Limits {
  const { replicas = 1, strategy = {} } = spec;
  if (strategy.type === "Recreate") return { replicas, surge: 0, unavailable: replicas };
  const { maxSurge = "25%", maxUnavailable = "25%" } = strategy.rollingUpdate ?? {};
  const surge = amountOf(maxSurge, replicas, Math.ceil);
  const unavailable = amountOf(maxUnavailable, replicas, Math.floor);
  // With neither, nothing could ever move.
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { replicas, surge, unavailable: Math.min(least, replicas) };
}

/** The size of the new set: as many as fit beside the pods that are there. */
export function growNew(limits: Limits, current: SetState, old: readonly SetState[]): number {
  const { replicas, surge } = limits;
  if (current.wanted >= replicas) return replicas;
  const room = replicas + surge - [current, ...old].reduce((sum, each) => sum + held(each), 0);
  return current.wanted + Math.max(0, Math.min(room, replicas - current.wanted));
}

/** Pods that are there count also when their set was told to have fewer. */
function held({ wanted, counts }: SetState): number {
  return Math.max(wanted, counts.pods);
}

/**
 * The sizes of the old sets: those that do not work go first, and of those that do only as many as
 * leave enough.
 */
export function shrinkOld(
  limits: Limits,
  current: SetState,
  old: readonly SetState[],
): ReadonlyMap<ReplicaSet, number> {
  const least = limits.replicas - limits.unavailable;
  const all = [current, ...old].reduce((sum, each) => sum + each.wanted, 0);
  const coming = Math.max(0, current.wanted - current.counts.available);
  let budget = all - least - coming;
  const sizes = new Map(old.map(({ set, wanted }) => [set, wanted]));
  const take = (set: ReplicaSet, count: number) => {
    const size = sizes.get(set) ?? 0;
    const taken = Math.max(0, Math.min(size, count));
    sizes.set(set, size - taken);
    return taken;
  };
  for (const { set, wanted, counts } of old) {
    budget -= take(set, Math.min(budget, wanted - counts.available));
  }
  let spare = [current, ...old].reduce((sum, each) => sum + each.counts.available, 0) - least;
  spare = Math.min(spare, budget);
  for (const { set } of old) spare -= take(set, spare);
  return sizes;
}
