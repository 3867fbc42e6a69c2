import type { Random } from "../chance/random.ts";

/** Delays in ms: the ceiling begins at `initialMs` and grows by `factor` (default 2) up to `maxMs`. */
export interface BackoffPolicy {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor?: number;
}

/** Growing delays with full jitter: thousands that failed together do not come back together. */
export class Backoff {
  readonly #policy: BackoffPolicy;
  readonly #random: Random;
  #ceilingMs: number;

  constructor(policy: BackoffPolicy, random: Random) {
    this.#policy = policy;
    this.#random = random;
    this.#ceilingMs = Math.min(policy.initialMs, policy.maxMs);
  }

  /** The next delay: uniform between 1 ms and the ceiling, which then grows. */
  next(): number {
    const { maxMs, factor = 2 } = this.#policy;
    const delayMs = Math.max(1, Math.ceil(this.#random.next() * this.#ceilingMs));
    this.#ceilingMs = Math.min(maxMs, this.#ceilingMs * factor);
    return delayMs;
  }

  /** To be called after a success. */
  reset(): void {
    this.#ceilingMs = Math.min(this.#policy.initialMs, this.#policy.maxMs);
  }
}
