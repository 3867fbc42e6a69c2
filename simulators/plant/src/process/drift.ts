import type { Random } from "@mapperkit/runtime";

export interface DriftOptions {
  /** The spread around zero that it settles into. */
  readonly standardDeviation: number;
  /** How long it remembers: after this time a deviation has shrunk to 37 %. */
  readonly relaxationMs: number;
  readonly random: Random;
}

/**
 * A deviation that wanders around zero as slow physical quantities do: an Ornstein–Uhlenbeck
 * process, computed exactly for any step, only when somebody looks.
 */
export class Drift {
  readonly #options: DriftOptions;
  #deviation: number;
  #atMs: number | undefined;

  constructor(options: DriftOptions) {
    this.#options = options;
    this.#deviation = options.random.normal(0, options.standardDeviation);
  }

  /** The deviation at `nowMs`. Looking twice at the same time shows the same. */
  at(nowMs: number): number {
    const stepMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    if (stepMs > 0) {
      const { standardDeviation, relaxationMs, random } = this.#options;
      const kept = Math.exp(-stepMs / relaxationMs);
      const spread = standardDeviation * Math.sqrt(1 - kept * kept);
      this.#deviation = this.#deviation * kept + random.normal(0, spread);
    }
    this.#atMs = nowMs;
    return this.#deviation;
  }
}
