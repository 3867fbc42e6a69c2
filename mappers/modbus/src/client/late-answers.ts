import type { Clock } from "@mapperkit/runtime";

interface Debt {
  readonly unit: number;
  readonly code: number;
  readonly until: number;
}

/**
 * Answers that may still come though nobody waits for them any more. RTU frames do not say to which
 * request they belong, so a unit is not asked with the same function again before that time is
 * over, not even when something came that may have been the late answer. Outlives the session: a
 * gateway keeps its answers over a reconnect.
 */
export class LateAnswers {
  readonly #clock: Clock;
  #debts: Debt[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** This request's answer was given up, and may come for so long. */
  expect(unit: number, pdu: Uint8Array, forMs: number): void {
    this.#debts.push({ unit, code: pdu[0] ?? 0, until: this.#clock.monotonic() + forMs });
  }

  /** Resolves when no late answer can be taken for this request's. */
  async clearFor(unit: number, pdu: Uint8Array, signal?: AbortSignal): Promise<void> {
    for (let ms = this.#remainingMs(unit, pdu); ms > 0; ms = this.#remainingMs(unit, pdu)) {
      await this.#clock.sleep(ms, signal);
    }
  }

  #remainingMs(unit: number, [code = 0]: Uint8Array): number {
    const now = this.#clock.monotonic();
    this.#debts = this.#debts.filter(({ until }) => until > now);
    const own = this.#debts.filter((debt) => debt.unit === unit && debt.code === code);
    return Math.max(0, ...own.map(({ until }) => until - now));
  }
}
