/** How much a node may send: a bucket that fills with time, so that a short burst costs nothing. */
export class MessageBudget {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #filledAt: number;

  /** @param now monotonic ms */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = perSecond * 2;
    this.#left = this.#burst;
    this.#filledAt = now;
  }

  /** Takes what has arrived; gives the ms to wait before more is read, 0 when there is budget left. */
  spend(count: number, now: number): number {
    const filled = ((now - this.#filledAt) * this.#perSecond) / 1_000;
    this.#left = Math.min(this.#burst, this.#left + filled) - count;
    this.#filledAt = now;
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left * 1_000) / this.#perSecond);
  }
}
