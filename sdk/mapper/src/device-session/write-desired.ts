import { MapperkitError } from "@mapperkit/api";
import { Backoff } from "@mapperkit/runtime";
import type { WriteOp } from "../definition/simple-mapper.ts";
import { type Endpoint, isNotSent, priorities } from "../endpoint/endpoint.ts";
import { isLinkFailure, isRefusal, messageOf, outcomeReasonOf } from "../endpoint/failure.ts";
import type { Wanted } from "./desire.ts";
import type { PropertyState } from "./property-state.ts";
import { readProperty } from "./read-property.ts";
import { type SessionParts, tellOutcome } from "./session-parts.ts";

/** What the session has to know of a write: that the device answered, or how it failed. */
export type WriteResult =
  | { readonly kind: "answered" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "notSent" };

const ANSWERED: WriteResult = { kind: "answered" };
const REREAD_MS = 100;

/** Brings the property's due desired value to the device and tells the outcome. Never throws. */
export async function writeDesired(
  parts: SessionParts,
  endpoint: Endpoint,
  property: PropertyState,
): Promise<WriteResult> {
  const wanted = property.desire.wanted;
  if (!wanted) return ANSWERED;
  if (!parts.mapper.write) {
    property.desire.refused(wanted);
    const message = `${property.plan.name} cannot be written: the mapper only reads`;
    tellOutcome(parts, property, { phase: "Rejected", reason: "NotSupported", message });
    return ANSWERED;
  }
  if (property.desire.looksFirst) {
    const look = await readProperty(parts, endpoint, priorities.readback, property);
    if (look.kind === "notSent") return look;
    if (look.kind === "lost") return fail(parts, property, wanted, look.error);
    if (wanted !== property.desire.wanted) return ANSWERED;
    if (look.kind === "value" && property.desire.isShownBy(look.text)) {
      return succeed(parts, property, wanted, "ReadBack");
    }
  }
  return await write(parts, endpoint, property, wanted);
}

async function write(
  parts: SessionParts,
  endpoint: Endpoint,
  property: PropertyState,
  wanted: Wanted,
): Promise<WriteResult> {
  const { plan, desire } = property;
  const { mapper, clock } = parts;
  const { value } = wanted;
  if (value === undefined) {
    // Told when it was heard; here it only must not come round again.
    desire.refused(wanted);
    return ANSWERED;
  }
  try {
    await endpoint.perform(priorities.write, `writing ${plan.name}`, async (session, signal) => {
      desire.beginWrite();
      const { name, type, visitor } = plan;
      const op: WriteOp = { property: name, type, visitor, value, signal };
      await mapper.write?.(session, op);
    });
  } catch (error) {
    return isNotSent(error) ? { kind: "notSent" } : fail(parts, property, wanted, error);
  }
  property.poll.readSoon(clock.now());
  if (plan.verify !== "readback") {
    const reason = plan.verify === "ack" ? "Acknowledged" : "Unverified";
    return succeed(parts, property, wanted, reason);
  }
  desire.verify(wanted, clock.now() + plan.verifyWithinMs);
  return ANSWERED;
}

/** Looks whether a written value shows by now. */
export function checkReadback(
  parts: SessionParts,
  property: PropertyState,
  shown: { readonly text: string } | { readonly error: unknown },
): void {
  const { desire, plan, poll } = property;
  const wanted = desire.wanted;
  if (!wanted || !(desire.isVerifying || desire.isDiverged)) return;
  if ("text" in shown && desire.isShownBy(shown.text)) {
    succeed(parts, property, wanted, "ReadBack");
    return;
  }
  if (desire.isDiverged) return;
  const seen = "text" in shown ? `the device shows ${shown.text}` : messageOf(shown.error);
  const message = `${plan.name} was set to ${wanted.text}, but ${seen}`;
  const now = parts.clock.now();
  if (now < desire.verifyUntil) {
    tellOutcome(parts, property, { phase: "Pending", reason: "Verifying", message });
    poll.readSoon(Math.min(now + REREAD_MS, desire.verifyUntil));
    return;
  }
  desire.diverged();
  tellOutcome(parts, property, { phase: "Diverged", reason: "ReadBackDiffers", message });
}

function succeed(
  parts: SessionParts,
  property: PropertyState,
  wanted: Wanted,
  reason: string,
): WriteResult {
  property.desire.written(wanted);
  property.writeBackoff?.reset();
  if (wanted === property.desire.wanted) tellOutcome(parts, property, { phase: "Applied", reason });
  return ANSWERED;
}

function refusalReasonOf(error: unknown): string {
  return error instanceof MapperkitError && error.code === "unsupported"
    ? "NotSupported"
    : "Refused";
}

function fail(
  parts: SessionParts,
  property: PropertyState,
  wanted: Wanted,
  error: unknown,
): WriteResult {
  const message = messageOf(error);
  if (isRefusal(error)) {
    property.desire.refused(wanted);
    if (wanted === property.desire.wanted) {
      tellOutcome(parts, property, { phase: "Rejected", reason: refusalReasonOf(error), message });
    }
    return ANSWERED;
  }
  if (!isLinkFailure(error) && wanted === property.desire.wanted) {
    property.writeBackoff ??= new Backoff({ initialMs: 250, maxMs: 30_000 }, parts.random);
    property.desire.retryAt(parts.clock.now() + property.writeBackoff.next());
  }
  if (wanted === property.desire.wanted) {
    tellOutcome(parts, property, { phase: "Pending", reason: outcomeReasonOf(error), message });
  }
  return { kind: "failed", error };
}
