import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { QualityReason, Sample } from "../values/sample.ts";
import type { Taken } from "../values/take-reading.ts";

const STALE_AFTER_CYCLES = 3;
const WATCHDOG_CYCLES = 10;
const MAX_PROBE_MS = 30_000;
const MAX_PARTINGS = 12;

/** When one property is read, and what was read last. Times are those of a monotonic clock. */
export class Poll {
  readonly #plan: PropertyPlan;
  #dueAt = 0;
  /** The due time that the cycle gave. */
  #alignedAt = 0;
  #lastTriedAt = 0;
  #timeouts = 0;
  #goodAt: number | undefined;
  #sample: Sample<string> | undefined;
  /** The sample is as the device told it last. */
  #isAsTold = false;
  #gatheredAt = 0;
  /** The value that the twin had before anything was read. */
  #recalled: string | undefined;
  /** The device tells changes by itself: reading is only a watchdog. */
  isSubscribed = false;
  #isAlone = false;
  #aloneUntil = 0;
  #partings = 0;
  /** The device refused it when it was asked for by itself: others are read around it. */
  isRefused = false;

  constructor(plan: PropertyPlan) {
    this.#plan = plan;
  }

  /** The value is the twin's text. */
  get sample(): Sample<string> | undefined {
    const sample = this.#sample;
    if (sample && sample.gatherTimestamp !== this.#gatheredAt) {
      this.#sample = { ...sample, gatherTimestamp: this.#gatheredAt };
    }
    return this.#sample;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  /** True when this property did not answer the last time while its unit did. */
  get isKnownSilent(): boolean {
    return this.#timeouts > 0;
  }

  /** An operation for several properties failed as a whole: this one is asked for by itself. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /** Company was refused: it is tried again in the next cycle, then less and less often. */
  part(now: number): void {
    this.#isAlone = true;
    this.#aloneUntil = now + this.#cycleMs * (2 ** this.#partings - 0.5);
    this.#partings = Math.min(this.#partings + 1, MAX_PARTINGS);
  }

  /** Asks for company again when it is time. */
  rejoin(now: number): void {
    if (this.#isAlone && !this.isRefused && now >= this.#aloneUntil) this.#isAlone = false;
  }

  /** An operation that read it went well, in company or not. */
  answered(isInCompany: boolean): void {
    this.isRefused = false;
    if (isInCompany) this.#partings = 0;
  }

  /** Lower comes first: what never timed out, then what waited longest. */
  compare(other: Poll): number {
    return this.#timeouts - other.#timeouts || this.#lastTriedAt - other.#lastTriedAt;
  }

  /** Plans the next read, aligned to multiples of the cycle: what was missed is skipped. */
  tried(now: number): void {
    this.#lastTriedAt = now;
    const cycle = this.#cycleMs;
    const wait = this.#timeouts > 0 ? Math.min(cycle * 2 ** this.#timeouts, MAX_PROBE_MS) : 0;
    this.#dueAt = (Math.floor((now + wait) / cycle) + 1) * cycle;
    this.#alignedAt = this.#dueAt;
  }

  /** The read is over. A turn that it overran is skipped, and never made up for. */
  finished(now: number): void {
    if (this.#dueAt !== this.#alignedAt || this.#dueAt > now) return;
    const cycle = this.#cycleMs;
    this.#dueAt = Math.ceil(now / cycle) * cycle;
  }

  readSoon(at: number): void {
    this.#dueAt = at;
  }

  /** This property alone does not answer: it is asked less often, so that the others are not held up. */
  timedOut(now: number): void {
    this.#timeouts = Math.min(this.#timeouts + 1, 20);
    this.tried(now);
  }

  /** Takes what the device told, at this time of day. Without a value the last one stays. */
  take(
    { value, quality, reason, sourceTimestamp }: Taken,
    now: number,
    gatherTimestamp: number,
  ): Sample<string> {
    this.#timeouts = 0;
    this.#isAsTold = true;
    this.#gatheredAt = gatherTimestamp;
    if (quality !== "Bad") this.#goodAt = now;
    const isKept = value === undefined;
    const shown = isKept ? (this.#sample?.value ?? this.#recalled) : value;
    const source = isKept ? this.#sample?.sourceTimestamp : sourceTimestamp;
    const sample = { value: shown, quality, reason, gatherTimestamp };
    // No spread of what is mostly absent: this is the hottest object of a mapper.
    this.#sample = source === undefined ? sample : { ...sample, sourceTimestamp: source };
    return this.#sample;
  }

  /**
   * The device told the same again, as most reads do: no new object for it. False when the sample
   * has changed meanwhile, so that it must be taken in full.
   */
  takeSame(now: number, gatherTimestamp: number): boolean {
    if (!this.#isAsTold) return false;
    this.#timeouts = 0;
    this.#gatheredAt = gatherTimestamp;
    if (this.#sample?.quality !== "Bad") this.#goodAt = now;
    return true;
  }

  /** No answer came: the last value stays, but is Bad, at this time of day. */
  fail(reason: QualityReason, gatherTimestamp: number): Sample<string> {
    const { value = this.#recalled, sourceTimestamp } = this.#sample ?? {};
    this.#isAsTold = false;
    this.#gatheredAt = gatherTimestamp;
    const source = sourceTimestamp === undefined ? {} : { sourceTimestamp };
    this.#sample = { value, quality: "Bad", reason, gatherTimestamp, ...source };
    return this.#sample;
  }

  /** The twin's word on a value that this process has not read. True when it mends the sample. */
  recall(value: string): boolean {
    this.#recalled = value;
    if (!this.#sample || this.#sample.value !== undefined) return false;
    this.#sample = { ...this.#sample, value };
    this.#isAsTold = false;
    return true;
  }

  get staleAfterMs(): number {
    return STALE_AFTER_CYCLES * this.#cycleMs;
  }

  /** When the value becomes stale, if it is still fresh. */
  get staleAt(): number | undefined {
    const { quality, reason } = this.#sample ?? {};
    if (this.#goodAt === undefined || quality === "Bad" || reason === "stale") return undefined;
    return this.#goodAt + this.staleAfterMs;
  }

  /** The sample that has just become stale. */
  becomesStale(now: number): Sample<string> | undefined {
    const { staleAt, sample } = this;
    if (staleAt === undefined || now < staleAt || !sample) return undefined;
    const reason: QualityReason = "stale";
    this.#sample = { ...sample, quality: "Uncertain", reason };
    this.#isAsTold = false;
    return this.#sample;
  }

  get #cycleMs(): number {
    return this.#plan.collectCycleMs * (this.isSubscribed ? WATCHDOG_CYCLES : 1);
  }
}
