import type { Clock } from "@mapperkit/runtime";
import type { Answer } from "../driver/driver.ts";
import { messageOf, reasonOf } from "../endpoint/failure.ts";
import { noValueOf } from "../values/no-value.ts";
import { twinTypeOf } from "../values/property-value.ts";
import type { Sample } from "../values/sample.ts";
import type { PropertyState } from "./property-state.ts";
import type { ReadResult } from "./read-result.ts";
import type { SessionParts } from "./session-parts.ts";
import { understandAnswer } from "./understand-answer.ts";

/** A moment on both clocks: the monotonic one, and the time of day. */
export interface Moment {
  readonly now: number;
  readonly timeOfDay: number;
}

export function momentOf(clock: Clock): Moment {
  return { now: clock.monotonic(), timeOfDay: clock.now() };
}

/** Keeps what the device answered for one property and reports it where that is due. Never throws. */
export function takeAnswer(
  parts: SessionParts,
  property: PropertyState,
  answer: Answer,
  { now, timeOfDay } = momentOf(parts.clock),
): ReadResult {
  const { poll, plan } = property;
  if (!parts.observer.hearsSamples) {
    const repeated = property.repeat(answer, now, timeOfDay);
    if (repeated) return repeated;
  }
  const known = property.understood(answer);
  const { sample: taken, result } = known ?? understandAnswer(plan, answer);
  if (!known) property.remember(answer, { sample: taken, result });
  const before = poll.sample;
  const sample = poll.take(taken, now, timeOfDay);
  if (result.kind === "bad" && before?.reason !== sample.reason) {
    const error = messageOf(result.error);
    parts.log.warn("read gave no good value", { property: plan.name, error });
  }
  tellSample(parts, property, sample);
  return result;
}

/** No answer came: what was read last stays, and is Bad for the reason. Told once for each reason. */
export function tellUnanswered(parts: SessionParts, property: PropertyState, error: unknown): void {
  const { sample } = property.poll;
  const reason = reasonOf(error);
  if (sample?.quality === "Bad" && sample.reason === reason) return;
  tellSample(parts, property, property.poll.fail(reason, parts.clock.now()));
}

/** Hands a sample on, unless the device's owner keeps it from the cloud or nothing in it is news. */
export function tellSample(
  { reporter, observer, clock }: SessionParts,
  { plan, report, isTwinKnown }: PropertyState,
  sample: Sample<string>,
): void {
  if (observer.hearsSamples) observer.sampled(plan.name, sample);
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
