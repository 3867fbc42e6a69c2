import { isLinkFailure, messageOf, outcomeReasonOf } from "../endpoint/failure.ts";
import type { UnitHealth } from "../endpoint/unit-health.ts";
import type { PropertyState } from "./property-state.ts";
import { type SessionParts, tellOutcome } from "./session-parts.ts";
import { tellUnanswered } from "./tell-sample.ts";

/** The unit is away: its values are Bad, and when it comes back it is read at once and written anew. */
export function loseUnit(
  parts: SessionParts,
  properties: Iterable<PropertyState>,
  unit: string,
  error: unknown,
): void {
  const now = parts.clock.monotonic();
  for (const property of properties) {
    if (property.plan.unit !== unit) continue;
    if (property.isPolled) tellUnanswered(parts, property, error);
    const isNew = property.desire.isNewToDevice;
    property.desire.forget();
    property.poll.readSoon(now);
    if (isNew && isLinkFailure(error)) tellOutcome(parts, property, pending(error));
  }
}

/** What is newly desired of a unit that is away waits for it. */
export function tellAway(
  parts: SessionParts,
  property: PropertyState,
  unit: UnitHealth | undefined,
): void {
  if (unit?.state !== "offline" || !property.desire.isNewToDevice) return;
  tellOutcome(parts, property, pending(unit.cause));
}

function pending(cause: unknown) {
  const message = `${messageOf(cause)}; the value is written when the device is back`;
  return { phase: "Pending", reason: outcomeReasonOf(cause), message } as const;
}
