import { checkDesired, type ModelProperty, type MsgTwin, type Outcome } from "@mapperkit/api";
import type { PlanFault, PropertyPlan } from "../device-plan/property-plan.ts";
import { messageOf, reasonOf } from "../endpoint/failure.ts";
import { type PropertyValue, toPropertyValue } from "../values/property-value.ts";
import { shownText } from "../values/shown-text.ts";

/** A desired value as it was heard. */
export interface Wanted {
  /** The twin's text. */
  readonly text: string;
  readonly generation: number | undefined;
  /** Absent when the model forbids it. */
  readonly value: PropertyValue | undefined;
  /** How the device shows it once it holds it. */
  readonly shown: string;
  readonly fault: PlanFault | undefined;
}

export type OutcomeFacts = Pick<Outcome, "phase" | "reason" | "message">;

/**
 * What is desired of one property and how far it has come. A write is due only when the value
 * differs from the last confirmed one and its generation, if it has one, is not older.
 */
export class Desire {
  #plan: PropertyPlan;
  #wanted: Wanted | undefined;
  #generation = Number.NEGATIVE_INFINITY;
  /** When the edge took the value that is wanted, ms: a restored backup brings lower generations later. */
  #takenAt = Number.NEGATIVE_INFINITY;
  /** What the device is known to hold; undefined when nobody can say. */
  #confirmed: string | undefined;
  #state: "idle" | "due" | "verifying" | "refused" | "diverged" | "done" = "idle";
  #verifyUntil = 0;
  /** The twin's word on the past counts only while the device was never out of sight. */
  #trustsTwin = true;
  #looksFirst = false;
  #isRewrite = false;
  #retryAt = 0;
  #told = "";
  #isToldBefore = false;

  constructor(plan: PropertyPlan, former?: Desire) {
    this.#plan = plan;
    if (former === undefined) return;
    this.#trustsTwin = false;
    this.#generation = former.#generation;
    this.#takenAt = former.#takenAt;
    if (former.#wanted) this.#want(former.#wanted.text, former.#wanted.generation);
  }

  get wanted(): Wanted | undefined {
    return this.#wanted;
  }

  get isVerifying(): boolean {
    return this.#state === "verifying";
  }

  /** A read tells something of what was written. */
  get isProved(): boolean {
    return this.#state === "verifying" || this.#state === "diverged";
  }

  get verifyUntil(): number {
    return this.#verifyUntil;
  }

  /** The device may hold the value already, so a look comes before the write. */
  get looksFirst(): boolean {
    return this.#looksFirst;
  }

  get isDiverged(): boolean {
    return this.#state === "diverged";
  }

  /** When the next write may be tried, or undefined when none is due. */
  get dueAt(): number | undefined {
    return this.#state === "due" ? this.#retryAt : undefined;
  }

  /** A value that the device was never told; one that it may have forgotten stays Applied meanwhile. */
  get isNewToDevice(): boolean {
    return this.#state === "due" && !this.#isRewrite;
  }

  /** Another build of the driver made this plan: what the device holds, and was told, stands. */
  renew(plan: PropertyPlan): void {
    this.#plan = plan;
    if (!this.#wanted) return;
    const { text, generation, shown } = this.#wanted;
    this.#wanted = wantedOf(plan, text, generation);
    if (this.#confirmed === shown) this.#confirmed = this.#wanted.shown;
  }

  /** Why a value may not be desired; undefined when it may. */
  checkDesired(text: string): PlanFault | undefined {
    return wantedOf(this.#plan, text, undefined).fault;
  }

  /** Takes the twin's present state. True when it brought something new to do or to tell. */
  hear(twin: MsgTwin | null): boolean {
    const text = twin?.expected?.value ?? "";
    if (text === "") {
      this.#wanted = undefined;
      this.#state = "idle";
      return false;
    }
    const { generation, timestamp = this.#takenAt } = twin?.expected?.metadata ?? {};
    const isLate = generation !== undefined && generation < this.#generation;
    if (isLate && timestamp <= this.#takenAt) return false;
    this.#takenAt = timestamp;
    if (this.#wanted?.text === text && this.#wanted.generation === generation) return false;
    const isFirst = this.#wanted === undefined && this.#confirmed === undefined;
    this.#want(text, generation);
    if (isFirst && twin && this.#state === "due") this.#recall(twin);
    return true;
  }

  /** The outcome to send at once for a value that was just heard, if it needs no device. */
  settleAtOnce(deviceFault: PlanFault | undefined): OutcomeFacts | undefined {
    if (!this.#wanted || this.#state === "idle") return undefined;
    const fault = deviceFault ?? this.#plan.fault ?? this.#wanted.fault;
    if (fault) {
      this.#state = "refused";
      return { phase: "Rejected", ...fault };
    }
    if (this.#state !== "done" || this.#isToldBefore) return undefined;
    return { phase: "Applied", reason: "AlreadyApplied" };
  }

  /** From here on nobody can say what the device holds. */
  beginWrite(): void {
    this.#confirmed = undefined;
    this.#looksFirst = false;
  }

  written(wanted: Wanted): void {
    this.#confirmed = wanted.shown;
    if (wanted === this.#wanted) this.#state = "done";
  }

  refused(wanted: Wanted): void {
    if (wanted === this.#wanted) this.#state = "refused";
  }

  retryAt(time: number): void {
    this.#retryAt = time;
  }

  verify(wanted: Wanted, until: number): void {
    if (wanted !== this.#wanted) return;
    this.#state = "verifying";
    this.#verifyUntil = until;
  }

  /** The read-back never showed the value. A later read that does makes it Applied after all. */
  diverged(): void {
    this.#state = "diverged";
  }

  /** The device was out of sight and may have lost what was written. */
  forget(): void {
    this.#trustsTwin = false;
    this.#confirmed = undefined;
    this.#retryAt = 0;
    if (this.#state === "idle" || this.#state === "refused") return;
    this.#looksFirst = this.#plan.verify === "readback";
    if (this.#state === "done") this.#isRewrite = true;
    this.#state = "due";
  }

  /** True when `shown`, as reported on the twin, is the desired value. */
  isShownBy(shown: string): boolean {
    if (!this.#wanted) return false;
    const canonical = this.#canonical();
    if (shown === canonical) return true;
    const difference = Math.abs(Number(shown) - Number(canonical));
    return this.#plan.verifyTolerance > 0 && difference <= this.#plan.verifyTolerance;
  }

  /** True once for each different outcome of the present desired value. */
  isNews(outcome: OutcomeFacts): boolean {
    const key = JSON.stringify([outcome.phase, outcome.reason, outcome.message]);
    if (key === this.#told) return false;
    this.#told = key;
    return true;
  }

  #want(text: string, generation: number | undefined): void {
    this.#wanted = wantedOf(this.#plan, text, generation);
    this.#generation = generation ?? this.#generation;
    this.#told = "";
    this.#isToldBefore = false;
    this.#isRewrite = false;
    this.#retryAt = 0;
    this.#looksFirst = false;
    this.#state = this.#confirmed === this.#canonical() ? "done" : "due";
  }

  /** After a restart the twin may say that the value was written, or at least that it was seen. */
  #recall({ expected, actual, outcome }: MsgTwin): void {
    if (outcome === undefined) {
      this.#looksFirst = actual?.value !== undefined && this.isShownBy(actual.value);
      return;
    }
    const isOfThis =
      this.#wanted?.generation === undefined && outcome.generation === undefined
        ? (outcome.timestamp ?? 0) >= (expected?.metadata?.timestamp ?? Infinity)
        : outcome.generation === this.#wanted?.generation;
    if (!this.#trustsTwin || !isOfThis || outcome.phase !== "Applied") return;
    this.#confirmed = this.#canonical();
    this.#state = "done";
    this.#isToldBefore = true;
  }

  #canonical(): string {
    return this.#wanted?.shown ?? "";
  }
}

function wantedOf(plan: PropertyPlan, text: string, generation: number | undefined): Wanted {
  const refused = { text, generation, value: undefined, shown: text };
  const forbidden = checkDesired(modelOf(plan), text);
  if (forbidden) return { ...refused, fault: forbidden };
  try {
    const value = toPropertyValue(plan.type, text, plan.definition.type);
    return { text, generation, value, shown: shownText(plan, value), fault: undefined };
  } catch (error) {
    const reason = reasonOf(error) === "outOfRange" ? "OutOfRange" : "WrongType";
    const message = `spec.properties[${plan.name}].desired.value: ${messageOf(error)}`;
    return { ...refused, fault: { reason, message } };
  }
}

/** The bounds of a number without sign go beyond those of INT, and are judged by toPropertyValue(). */
function modelOf({ type, model, definition }: PropertyPlan): ModelProperty {
  return type === "INT" && definition.type === "uint64" ? { ...model, type: "DOUBLE" } : model;
}
