import type { Clock } from "@mapperkit/runtime";

interface Waiting {
  readonly dueAt: number;
  readonly expire: () => void;
}

/** A reason made once: each abort without one makes an exception with a stack. */
const EARLIER = new Error("something is due earlier");

/** Many deadlines on one timer: most requests are answered long before theirs. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #sleep: AbortController | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `expire` after `ms`, unless the result is called before. */
  add(ms: number, expire: () => void): () => void {
    const waiting = { dueAt: this.#clock.now() + ms, expire };
    this.#waiting.add(waiting);
    if (waiting.dueAt < this.#wakesAt) this.#sleepUntil(waiting.dueAt);
    return () => this.#waiting.delete(waiting);
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
    this.#clock.sleep(Math.max(0, dueAt - this.#clock.now()), sleep.signal).then(
      () => this.#wake(),
      () => undefined,
    );
  }

  #wake(): void {
    const now = this.#clock.now();
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
