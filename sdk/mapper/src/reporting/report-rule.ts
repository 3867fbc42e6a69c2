import type { Sample } from "../values/sample.ts";

/** When a property's samples are reported. */
export interface ReportPolicy {
  /** The longest time without a report, ms. */
  readonly heartbeatMs: number;
  /** A number that moved by no more than this from the reported one is no change. */
  readonly deadband: number;
  /** Every sample is reported, not only changes. */
  readonly everySample: boolean;
}

/**
 * Report by exception: a changed value or quality at once, and what did not change again after the
 * heartbeat, as it was reported, with the source time that it had then.
 */
export class ReportRule {
  readonly #policy: ReportPolicy;
  #reported: Sample<string> | undefined;
  #toldAgainAt = 0;
  #quietUntil = 0;

  constructor(policy: ReportPolicy, isReported = true) {
    this.#policy = policy;
    if (!isReported) this.#quietUntil = Number.POSITIVE_INFINITY;
  }

  /** Until then nothing is to be told of a sample that says what the one before did. */
  get quietUntil(): number {
    return this.#quietUntil;
  }

  /** When what did not change is told again; a monotonic clock's time. */
  get toldAgainAt(): number {
    return this.#toldAgainAt;
  }

  /** The sample to report now, if any. */
  take(sample: Sample<string>, now: number): Sample<string> | undefined {
    const isNews = this.#policy.everySample || this.#isChange(sample);
    if (!isNews && now < this.#toldAgainAt) return undefined;
    const { heartbeatMs } = this.#policy;
    this.#toldAgainAt = (Math.floor(now / heartbeatMs) + 1) * heartbeatMs;
    if (!this.#policy.everySample) this.#quietUntil = this.#toldAgainAt;
    const { gatherTimestamp } = sample;
    this.#reported = isNews || !this.#reported ? sample : { ...this.#reported, gatherTimestamp };
    return this.#reported;
  }

  #isChange(sample: Sample<string>): boolean {
    const before = this.#reported;
    if (before?.quality !== sample.quality || before.reason !== sample.reason) return true;
    if (before.value === sample.value) return false;
    const { deadband } = this.#policy;
    const difference = Math.abs(Number(before.value) - Number(sample.value));
    return !(deadband > 0 && difference <= deadband);
  }
}
