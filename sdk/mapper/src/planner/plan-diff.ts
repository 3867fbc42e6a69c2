import type { BlockPlan, BlockRequest } from "./block-plan.ts";

export interface PlanDiff {
  /** In both plans; the later plan's objects. */
  readonly kept: readonly BlockRequest[];
  readonly added: readonly BlockRequest[];
  readonly removed: readonly BlockRequest[];
}

/** What a change of plan means for the bus: requests are equal when they read the same for the same. */
export function diffPlans(before: BlockPlan, after: BlockPlan): PlanDiff {
  const old = new Map(before.requests.map((request) => [keyOf(request), request]));
  const kept: BlockRequest[] = [];
  const added: BlockRequest[] = [];
  for (const request of after.requests) {
    (old.delete(keyOf(request)) ? kept : added).push(request);
  }
  return { kept, added, removed: [...old.values()] };
}

/** Equal for requests that read the same for the same properties. */
export function keyOf({ unit, space, start, length, properties }: BlockRequest): string {
  return JSON.stringify([unit, space, start, length, properties.toSorted()]);
}
