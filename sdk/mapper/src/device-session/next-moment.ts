import type { Endpoint } from "../endpoint/endpoint.ts";
import type { PropertyState } from "./property-state.ts";

const IDLE_MS = 60_000;

/** The next moment after `now` at which a device session has something to do unasked. */
export function nextMoment(
  properties: Iterable<PropertyState>,
  endpoint: Endpoint | undefined,
  now: number,
): number {
  let next = now + IDLE_MS;
  if (!endpoint?.isOpen) return next;
  for (const { isPolled, plan, poll, desire } of properties) {
    const due = Math.min(isPolled ? poll.dueAt : next, desire.dueAt ?? next);
    next = Math.min(next, Math.max(due, endpoint.unit(plan.unit).probeAt));
  }
  return next;
}
