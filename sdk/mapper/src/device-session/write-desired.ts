import { MapperkitError } from "@mapperkit/api";
import { Backoff } from "@mapperkit/runtime";
import type { Order } from "../driver/driver.ts";
import { priorities } from "../endpoint/bus-queue.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import {
  isLinkFailure,
  isNotSent,
  isRefusal,
  messageOf,
  outcomeReasonOf,
} from "../endpoint/failure.ts";
import type { Wanted } from "./desire.ts";
import type { PropertyState } from "./property-state.ts";
import { readGroup } from "./read-group.ts";
import { type SessionParts, tellOutcome } from "./session-parts.ts";

interface Write {
  readonly property: PropertyState;
  readonly wanted: Wanted;
  readonly order: Order;
}

const REREAD_MS = 100;
const WRITE_BACKOFF = { initialMs: 250, maxMs: 30_000 };

/** Properties of one unit whose desired value is to be written now. */
export function findDueWrites(
  endpoint: Endpoint,
  properties: Iterable<PropertyState>,
  now: number,
): PropertyState[] {
  const due: PropertyState[] = [];
  for (const property of properties) {
    const { dueAt } = property.desire;
    if (dueAt === undefined || dueAt > now) continue;
    if (due[0] && due[0].plan.unit !== property.plan.unit) continue;
    if (endpoint.unit(property.plan.unit).probeAt <= now) due.push(property);
  }
  return due;
}

/**
 * Brings due desired values of one unit to the device, in one operation, and tells the outcomes.
 * Never throws; what was not sent stays due.
 */
export async function writeDesired(
  parts: SessionParts,
  endpoint: Endpoint,
  properties: readonly PropertyState[],
): Promise<void> {
  const writes: Write[] = [];
  for (const property of properties) {
    const write = await prepare(parts, endpoint, property);
    if (write) writes.push(write);
  }
  if (writes.length > 0) await write(parts, endpoint, writes);
}

/** Settles what needs no write: a device that only reads, a value that it shows already. */
async function prepare(
  parts: SessionParts,
  endpoint: Endpoint,
  property: PropertyState,
): Promise<Write | undefined> {
  const { desire, plan } = property;
  const { wanted } = desire;
  if (!wanted) return undefined;
  if (!parts.driver.write) {
    desire.refused(wanted);
    const message = `${plan.name} cannot be written: the mapper only reads`;
    tellOutcome(parts, property, { phase: "Rejected", reason: "NotSupported", message });
    return undefined;
  }
  if (wanted.value === undefined) {
    // Told when it was heard; here it only must not come round again.
    desire.refused(wanted);
    return undefined;
  }
  const order = { plan, value: wanted.value };
  if (!desire.looksFirst) return { property, wanted, order };
  const [group] = parts.driver.groupReads([plan]);
  if (!group) return { property, wanted, order };
  const read = { group, properties: [property] };
  const [look] = await readGroup(parts, endpoint, priorities.readback, read);
  if (look?.kind === "notSent") return undefined;
  if (look?.kind === "lost") {
    fail(parts, property, wanted, look.error);
    return undefined;
  }
  if (wanted !== desire.wanted) return undefined;
  if (look?.kind !== "value" || !desire.isShownBy(look.text)) return { property, wanted, order };
  succeed(parts, property, wanted, "ReadBack");
  return undefined;
}

async function write(
  parts: SessionParts,
  endpoint: Endpoint,
  writes: readonly Write[],
): Promise<void> {
  const unit = writes[0]?.order.plan.unit ?? "";
  const names = writes.map(({ order }) => order.plan.name).join(", ");
  const operation = { unit, priority: priorities.write, what: `writing ${names}` };
  try {
    const errors = await endpoint.perform(operation, async (session, signal) => {
      for (const { property } of writes) property.desire.beginWrite();
      const orders = writes.map(({ order }) => order);
      return (await parts.driver.write?.(session, orders, signal)) ?? [];
    });
    for (const [i, { property, wanted }] of writes.entries()) {
      if (errors[i]) fail(parts, property, wanted, errors[i]);
      else acknowledged(parts, property, wanted);
    }
  } catch (error) {
    if (isNotSent(error)) return;
    for (const { property, wanted } of writes) fail(parts, property, wanted, error);
  }
}

function acknowledged(parts: SessionParts, property: PropertyState, wanted: Wanted): void {
  const { plan, desire, poll } = property;
  const { clock } = parts;
  if (plan.isReadable) poll.readSoon(clock.monotonic());
  if (plan.verify === "readback") {
    desire.verify(wanted, clock.monotonic() + plan.verifyWithinMs);
    return;
  }
  const reason = plan.verify === "ack" ? "Acknowledged" : "Unverified";
  succeed(parts, property, wanted, reason);
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
  const now = parts.clock.monotonic();
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
): void {
  property.desire.written(wanted);
  property.writeBackoff?.reset();
  if (wanted === property.desire.wanted) tellOutcome(parts, property, { phase: "Applied", reason });
}

function refusalReasonOf(error: unknown): string {
  return error instanceof MapperkitError && error.code === "unsupported"
    ? "NotSupported"
    : "Refused";
}

function fail(parts: SessionParts, property: PropertyState, wanted: Wanted, error: unknown): void {
  if (isRefusal(error)) property.desire.refused(wanted);
  if (wanted !== property.desire.wanted) return;
  const message = messageOf(error);
  if (isRefusal(error)) {
    tellOutcome(parts, property, { phase: "Rejected", reason: refusalReasonOf(error), message });
    return;
  }
  if (!isLinkFailure(error)) {
    property.writeBackoff ??= new Backoff(WRITE_BACKOFF, parts.random);
    property.desire.retryAt(parts.clock.monotonic() + property.writeBackoff.next());
  }
  tellOutcome(parts, property, { phase: "Pending", reason: outcomeReasonOf(error), message });
}
