import type { Clock } from "@mapperkit/runtime";

/** What is given up at some moment. */
export interface Expiring {
  /** By the clock of its deadlines. */
  readonly dueAt: number;
  expire(): void;
}

/** A reason made once: each abort without one makes an exception with a stack. */
const EARLIER = new Error("something is due earlier");

/** Many deadlines on one timer: most requests are answered long before theirs. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #waiting = new Set<Expiring>();
  #sleep: AbortController | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The moment that comes after so many ms. */
  after(ms: number): number {
    return this.#clock.monotonic() + ms;
  }

  /** Expires it at its moment, unless it is deleted before. */
  add(waiting: Expiring): void {
    this.#waiting.add(waiting);
    if (waiting.dueAt < this.#wakesAt) this.#sleepUntil(waiting.dueAt);
  }

  delete(waiting: Expiring): void {
    this.#waiting.delete(waiting);
  }

  /** Lets go of the timer. */
  stop(): void {
    this.#waiting.clear();
    this.#sleep?.abort(EARLIER);
  }

  #sleepUntil(dueAt: number): void {
    this.#sleep?.abort(EARLIER);
    const sleep = new AbortController();
    this.#sleep = sleep;
    this.#wakesAt = dueAt;
    this.#clock.sleep(Math.max(0, dueAt - this.#clock.monotonic()), sleep.signal).then(
      () => this.#wake(),
      () => undefined,
    );
  }

  #wake(): void {
    const now = this.#clock.monotonic();
    this.#sleep = undefined;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      if (waiting.dueAt > now) continue;
      this.#waiting.delete(waiting);
      waiting.expire();
    }
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#waiting) next = Math.min(next, dueAt);
    if (next < this.#wakesAt) this.#sleepUntil(next);
  }
}
