import { MapperkitError } from "@mapperkit/api";
import type { Answer } from "../driver/driver.ts";
import { isLinkFailure, messageOf, reasonOf } from "../endpoint/failure.ts";
import { noValueOf } from "../values/no-value.ts";
import { twinTypeOf } from "../values/property-value.ts";
import type { Sample } from "../values/sample.ts";
import { type Taken, takeReading } from "../values/take-reading.ts";
import type { PropertyState, Understood } from "./property-state.ts";
import type { SessionParts } from "./session-parts.ts";

/** What came of asking the device: its value, its refusal to give one, or no answer. */
export type ReadResult =
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "bad"; readonly error: unknown }
  | { readonly kind: "lost"; readonly error: unknown }
  | { readonly kind: "notSent" };

/** Keeps what the device answered for one property and reports it where that is due. Never throws. */
export function takeAnswer(
  parts: SessionParts,
  property: PropertyState,
  answer: Answer,
): ReadResult {
  const taken = property.understood(answer) ?? understand(property, answer);
  property.remember(answer, taken);
  const { clock } = parts;
  const before = property.poll.sample;
  const sample = property.poll.take(taken.sample, clock.monotonic(), clock.now());
  if (taken.error !== undefined && before?.reason !== sample.reason) {
    const error = messageOf(taken.error);
    parts.log.warn("read gave no good value", { property: property.plan.name, error });
  }
  tellSample(parts, property, sample);
  if (taken.error !== undefined) return { kind: "bad", error: taken.error };
  return { kind: "value", text: sample.value ?? "" };
}

/** Says why a property that was never read has no value. */
export function tellNeverRead(parts: SessionParts, property: PropertyState, error: unknown): void {
  const { poll } = property;
  if (poll.sample !== undefined) return;
  const { clock } = parts;
  const sample = poll.take(bad(error).sample, clock.monotonic(), clock.now());
  tellSample(parts, property, sample);
}

/** Hands a sample on, unless the device's owner keeps it from the cloud or nothing in it is news. */
export function tellSample(
  { reporter, observer, clock }: SessionParts,
  { plan, report, isTwinKnown }: PropertyState,
  sample: Sample<string>,
): void {
  observer.sampled(plan.name, sample);
  if (!plan.isReported || (sample.value === undefined && !isTwinKnown)) return;
  const due = report.take(sample, clock.monotonic());
  if (due === undefined) return;
  const {
    value = noValueOf(plan.type),
    quality,
    reason,
    gatherTimestamp: timestamp,
    sourceTimestamp,
  } = due;
  const source = sourceTimestamp === undefined ? {} : { sourceTimestamp };
  const change = {
    actual: { value, metadata: { timestamp, quality, reason, ...source } },
    metadata: { type: twinTypeOf(plan.type) },
  };
  if (plan.report.everySample) reporter.tellEach(plan.name, change);
  else reporter.tell(plan.name, change);
}

function understand({ plan }: PropertyState, answer: Answer): Understood {
  if ("error" in answer) return bad(answer.error);
  try {
    const sample = takeReading(plan, answer.told);
    if (sample.quality !== "Bad") return { sample };
    const { reason } = sample;
    const error = new MapperkitError("invalid_input", `${plan.name} is Bad: ${reason}`, {
      details: { reason },
    });
    return { sample, error };
  } catch (error) {
    return bad(error);
  }
}

function bad(error: unknown) {
  const sample: Taken = { value: undefined, quality: "Bad", reason: reasonOf(error) };
  return { sample, error };
}

/** What an operation that failed as a whole comes to, for each of its properties. */
export function failedRead(error: unknown): Extract<ReadResult, { readonly error: unknown }> {
  return { kind: isLinkFailure(error) ? "lost" : "bad", error };
}
