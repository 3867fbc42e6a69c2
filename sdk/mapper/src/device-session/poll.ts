import type { QualityReason, Sample } from "../values/sample.ts";
import type { PropertyPlan } from "./device-plan.ts";

const STALE_AFTER_CYCLES = 3;
const MAX_PROBE_MS = 30_000;

/** When one property is read, what was read last, and when that is told again. */
export class Poll {
  readonly #plan: PropertyPlan;
  #dueAt = 0;
  #lastTriedAt = 0;
  #timeouts = 0;
  #goodAt: number | undefined;
  #toldAgainAt = 0;
  #sample: Sample<string> | undefined;

  constructor(plan: PropertyPlan) {
    this.#plan = plan;
  }

  /** The value is the twin's text. */
  get sample(): Sample<string> | undefined {
    return this.#sample;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  /** True when this property did not answer the last time while its device did. */
  get isKnownSilent(): boolean {
    return this.#timeouts > 0;
  }

  /** Lower comes first: what never timed out, then what waited longest. */
  comesBefore(other: Poll): boolean {
    if (this.#timeouts !== other.#timeouts) return this.#timeouts < other.#timeouts;
    return this.#lastTriedAt < other.#lastTriedAt;
  }

  /** Plans the next read, aligned to multiples of the cycle: what was missed is skipped. */
  tried(now: number): void {
    this.#lastTriedAt = now;
    const cycle = this.#plan.collectCycleMs;
    const wait = this.#timeouts > 0 ? Math.min(cycle * 2 ** this.#timeouts, MAX_PROBE_MS) : 0;
    this.#dueAt = (Math.floor((now + wait) / cycle) + 1) * cycle;
  }

  readSoon(at: number): void {
    this.#dueAt = at;
  }

  /** This property alone does not answer: it is asked less often, so that the others are not held up. */
  timedOut(now: number): void {
    this.#timeouts = Math.min(this.#timeouts + 1, 20);
    this.tried(now);
  }

  /** Takes a good value. True when it is to be reported: it is new, or the report cycle is over. */
  good(value: string, now: number): boolean {
    const before = this.#sample;
    this.#timeouts = 0;
    this.#goodAt = now;
    this.#sample = { value, quality: "Good", reason: "ok", gatherTimestamp: now };
    const isNew = before?.value !== value || before.quality !== "Good";
    if (!isNew && now < this.#toldAgainAt) return false;
    const cycle = this.#plan.reportCycleMs;
    this.#toldAgainAt = (Math.floor(now / cycle) + 1) * cycle;
    return true;
  }

  /** The device answered, but not with a value. True when that is news. The last good value is kept. */
  bad(reason: QualityReason, now: number): boolean {
    this.#timeouts = 0;
    return this.#degrade("Bad", reason, now);
  }

  /** When the value becomes stale, if it is good now. */
  get staleAt(): number | undefined {
    if (this.#goodAt === undefined || this.#sample?.quality !== "Good") return undefined;
    return this.#goodAt + STALE_AFTER_CYCLES * this.#plan.collectCycleMs;
  }

  /** True when the value has just become stale. */
  becomesStale(now: number): boolean {
    const staleAt = this.staleAt;
    if (staleAt === undefined || now < staleAt) return false;
    return this.#degrade("Uncertain", "stale", this.#sample?.gatherTimestamp ?? now);
  }

  #degrade(quality: "Uncertain" | "Bad", reason: QualityReason, gatherTimestamp: number): boolean {
    const before = this.#sample;
    this.#sample = { value: before?.value, quality, reason, gatherTimestamp };
    return before?.quality !== quality || before.reason !== reason;
  }
}
