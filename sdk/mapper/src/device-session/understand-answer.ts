import { MapperkitError } from "@mapperkit/api";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { Answer } from "../driver/driver.ts";
import { reasonOf } from "../endpoint/failure.ts";
import { type Taken, takeReading } from "../values/take-reading.ts";
import type { ReadResult } from "./read-result.ts";

/** What an answer of the device means. */
export interface Understood {
  readonly sample: Taken;
  /** What it comes to for who asked. */
  readonly result: ReadResult;
}

/** Total: what cannot be understood is a Bad sample. */
export function understandAnswer(plan: PropertyPlan, answer: Answer): Understood {
  if ("error" in answer) return notUnderstood(answer.error);
  try {
    const sample = takeReading(plan, answer.told);
    if (sample.quality !== "Bad") {
      return { sample, result: { kind: "value", text: sample.value ?? "" } };
    }
    const { reason } = sample;
    const error = new MapperkitError("invalid_input", `${plan.name} is Bad: ${reason}`, {
      details: { reason },
    });
    return { sample, result: { kind: "bad", error } };
  } catch (error) {
    return notUnderstood(error);
  }
}

/** Why there is no value. */
export function notUnderstood(error: unknown): Understood {
  const sample: Taken = { value: undefined, quality: "Bad", reason: reasonOf(error) };
  return { sample, result: { kind: "bad", error } };
}

/** True when both answers say the same, so that it need not be understood again. */
export function isSameAnswer(a: Answer | undefined, b: Answer): boolean {
  if (a === b) return true;
  if (a === undefined || !("told" in a) || !("told" in b)) return false;
  return a.told === b.told && typeof a.told !== "object";
}
