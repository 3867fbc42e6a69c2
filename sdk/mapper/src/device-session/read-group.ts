import { MapperkitError } from "@mapperkit/api";
import type { ReadGroup } from "../driver/driver.ts";
import type { Priority } from "../endpoint/bus-queue.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import { isAnswer, isNotSent } from "../endpoint/failure.ts";
import type { PropertyState } from "./property-state.ts";
import { failedRead, type ReadResult } from "./read-result.ts";
import type { SessionParts } from "./session-parts.ts";
import { momentOf, takeAnswer, tellUnanswered } from "./tell-sample.ts";

/** Properties that one operation reads, and the operation. */
export interface GroupRead {
  readonly group: ReadGroup;
  readonly properties: readonly PropertyState[];
}

/** Reads a group and keeps its samples. One result for each property, in their order. Never throws. */
export async function readGroup(
  parts: SessionParts,
  endpoint: Endpoint,
  priority: Priority,
  { group, properties }: GroupRead,
): Promise<readonly ReadResult[]> {
  const { clock, observer } = parts;
  const { unit } = group;
  const isAlive = endpoint.unit(unit).state === "online";
  const isKnownSilent = isAlive && properties.every(({ poll }) => poll.isKnownSilent);
  const what = `reading ${nameOf(properties)}`;
  const begin = clock.monotonic();
  try {
    const answers = await endpoint.perform(
      { unit, priority, what, isKnownSilent },
      (session, signal) => group.read(session, signal),
    );
    const moment = momentOf(clock);
    let isGood = true;
    const results = properties.map((property, i) => {
      const answer = answers[i] ?? { error: noAnswer(property) };
      const result = takeAnswer(parts, property, answer, moment);
      property.poll.answered(properties.length > 1);
      if (result.kind !== "value") isGood = false;
      return result;
    });
    observer.readDone(unit, isGood ? "good" : "bad", clock.monotonic() - begin);
    return results;
  } catch (error) {
    if (isNotSent(error)) {
      // Its turn is not over: it is read as soon as there is a session again.
      for (const { poll } of properties) poll.readSoon(begin);
      return properties.map(() => ({ kind: "notSent" }));
    }
    const failed = failedRead(error);
    observer.readDone(unit, failed.kind === "lost" ? "lost" : "bad", clock.monotonic() - begin);
    const results = properties.map((property) =>
      failOne(parts, property, failed, properties.length),
    );
    if (isAlive && failed.kind === "lost") {
      for (const { poll } of properties) poll.timedOut(clock.monotonic());
    }
    return results;
  }
}

/** One address that the device does not know fails a request for many: they are asked for one by one. */
function failOne(
  parts: SessionParts,
  property: PropertyState,
  failed: Extract<ReadResult, { readonly error: unknown }>,
  count: number,
): ReadResult {
  const { poll } = property;
  const isRefused = isAnswer(failed.error);
  if (count > 1 && (isRefused || poll.isKnownSilent)) poll.part(parts.clock.monotonic());
  if (count === 1 && isRefused) poll.isRefused = true;
  if (failed.kind === "lost") {
    tellUnanswered(parts, property, failed.error);
    return failed;
  }
  if (count === 1 || !isRefused) return takeAnswer(parts, property, failed);
  poll.readSoon(parts.clock.monotonic());
  return failed;
}

function nameOf(properties: readonly PropertyState[]): string {
  const [first] = properties;
  const more = properties.length > 1 ? ` and ${properties.length - 1} more` : "";
  return `${first?.plan.name ?? "nothing"}${more}`;
}

function noAnswer({ plan }: PropertyState): MapperkitError {
  return new MapperkitError("internal", `the driver gave no answer for ${plan.name}`);
}
