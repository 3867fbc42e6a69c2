import type { ReadOp } from "../definition/simple-mapper.ts";
import { type Endpoint, isNotSent, type Priority } from "../endpoint/endpoint.ts";
import { isLinkFailure, messageOf, reasonOf } from "../endpoint/failure.ts";
import { formatValue, toPropertyValue, twinTypeOf } from "../values/property-value.ts";
import type { PropertyState } from "./property-state.ts";
import type { SessionParts } from "./session-parts.ts";

/** What came of asking the device: its value, its refusal to give one, or no answer. */
export type ReadResult =
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "bad"; readonly error: unknown }
  | { readonly kind: "lost"; readonly error: unknown }
  | { readonly kind: "notSent" };

/** Reads one property, keeps the sample and adds it to the next report when it is news. Never throws. */
export async function readProperty(
  parts: SessionParts,
  endpoint: Endpoint,
  priority: Priority,
  property: PropertyState,
): Promise<ReadResult> {
  const result = await ask(parts, endpoint, priority, property);
  const now = parts.clock.now();
  if (result.kind === "value") {
    if (property.poll.good(result.text, now)) tellSample(parts, property);
  } else if (result.kind === "bad" && property.poll.bad(reasonOf(result.error), now)) {
    const error = messageOf(result.error);
    parts.log.warn("read gave no good value", { property: property.plan.name, error });
    tellSample(parts, property);
  }
  return result;
}

/** Adds the present sample to the next report, unless the device's owner keeps it from the cloud. */
export function tellSample(parts: SessionParts, { plan, poll }: PropertyState): void {
  const sample = poll.sample;
  // The twin cannot hold a quality without a value: what was never read well stays unreported.
  if (!plan.isReported || sample?.value === undefined) return;
  const { value, quality, reason, gatherTimestamp } = sample;
  parts.reporter.tell(plan.name, {
    actual: { value, metadata: { timestamp: gatherTimestamp, quality, reason } },
    metadata: { type: twinTypeOf(plan.type) },
  });
}

async function ask(
  parts: SessionParts,
  endpoint: Endpoint,
  priority: Priority,
  { plan }: PropertyState,
): Promise<ReadResult> {
  let answer: unknown;
  try {
    answer = await endpoint.perform(priority, `reading ${plan.name}`, (session, signal) => {
      const { name: property, type, visitor } = plan;
      const op: ReadOp = { property, type, visitor, signal };
      return parts.mapper.read(session, op);
    });
  } catch (error) {
    if (isNotSent(error)) return { kind: "notSent" };
    return { kind: isLinkFailure(error) ? "lost" : "bad", error };
  }
  try {
    return { kind: "value", text: formatValue(toPropertyValue(plan.type, answer)) };
  } catch (error) {
    return { kind: "bad", error };
  }
}
