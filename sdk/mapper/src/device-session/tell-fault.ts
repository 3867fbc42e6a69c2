import type { PlanFault } from "../device-plan/property-plan.ts";
import type { PropertyState } from "./property-state.ts";
import type { SessionParts } from "./session-parts.ts";
import { tellSample } from "./tell-sample.ts";

/**
 * Says on the twin that a property cannot be worked, and why; or that it can again, when it could
 * not before. Where a value is desired, its own outcome says so.
 */
export function settleFault(
  parts: SessionParts,
  property: PropertyState,
  fault: PlanFault | undefined,
): void {
  const { plan, desire } = property;
  if (desire.wanted) return;
  const told = fault && `${fault.reason} ${fault.message}`;
  if (told === property.toldFault) return;
  property.toldFault = told;
  const word = fault
    ? ({ phase: "Rejected", ...fault } as const)
    : ({ phase: "Applied", reason: "Accepted" } as const);
  parts.reporter.tell(plan.name, { outcome: { ...word, timestamp: parts.clock.now() } });
}

/** What cannot be read for a mistake in its description shows so. */
export function tellUnworkable(parts: SessionParts, property: PropertyState): void {
  const { name, fault } = property.plan;
  if (fault) parts.log.error("property cannot be worked", { property: name, error: fault.message });
  if (!property.plan.isReadable || property.poll.sample?.reason === "configurationError") return;
  const { clock } = parts;
  const taken = { value: undefined, quality: "Bad", reason: "configurationError" } as const;
  tellSample(parts, property, property.poll.take(taken, clock.monotonic(), clock.now()));
}
