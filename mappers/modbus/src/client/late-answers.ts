import type { Clock } from "@mapperkit/runtime";
import type { AnswerFrame } from "../frames/answer-frame.ts";
import { isAnswerTo } from "../pdu/answers.ts";

interface Debt {
  readonly unit: number;
  readonly pdu: Uint8Array;
  readonly until: number;
}

/**
 * Answers that may still come though nobody waits for them any more. RTU frames do not say to which
 * request they belong, so a request that they would fit must not be sent before they came, or can
 * no longer come. Outlives the session: a gateway keeps its answers over a reconnect.
 */
export class LateAnswers {
  readonly #clock: Clock;
  #debts: Debt[] = [];
  #paid = Promise.withResolvers<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** This request's answer was given up, and may come for so long. */
  expect(unit: number, pdu: Uint8Array, forMs: number): void {
    this.#debts.push({ unit, pdu, until: this.#clock.now() + forMs });
  }

  /** An answer came that nobody waited for. */
  arrived({ unit, pdu }: AnswerFrame): void {
    const index = this.#debts.findIndex((debt) => debt.unit === unit && isAnswerTo(debt.pdu, pdu));
    if (index < 0) return;
    this.#debts.splice(index, 1);
    this.#paid.resolve();
    this.#paid = Promise.withResolvers<void>();
  }

  /** Resolves when no late answer can be taken for this request's. */
  async clearFor(unit: number, pdu: Uint8Array, signal?: AbortSignal): Promise<void> {
    for (let debt = this.#debtOf(unit, pdu); debt; debt = this.#debtOf(unit, pdu)) {
      const paid = new AbortController();
      const waited = AbortSignal.any(signal ? [signal, paid.signal] : [paid.signal]);
      const expired = this.#clock
        .sleep(debt.until - this.#clock.now(), waited)
        .catch(() => undefined);
      await Promise.race([expired, this.#paid.promise]);
      paid.abort();
      signal?.throwIfAborted();
    }
  }

  #debtOf(unit: number, pdu: Uint8Array): Debt | undefined {
    const now = this.#clock.now();
    this.#debts = this.#debts.filter(({ until }) => until > now);
    return this.#debts.find((debt) => debt.unit === unit && haveLikeAnswers(debt.pdu, pdu));
  }
}

/** An exception fits any request of its function, so these are all alike. */
function haveLikeAnswers(one: Uint8Array, other: Uint8Array): boolean {
  return one[0] === other[0];
}
