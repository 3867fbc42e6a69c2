import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";

interface Running {
  readonly dueAt: number;
  readonly end: (reason: unknown) => void;
}

/** A reason made once: each abort without one makes an exception with a stack. */
const EARLIER = new MapperkitError("conflict", "something is due earlier");

/** Runs foreign work that may hang, all of it on one timer: most is done long before its deadline. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #running = new Set<Running>();
  #sleep: AbortController | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Settles as the work does, or at the deadline even when the work ignores its signal. What it does
   * after that is heard by nobody.
   * @throws MapperkitError `timed_out`, or the reason of endAll()
   */
  run<T>(ms: number, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const ended = new AbortController();
      const end = (reason: unknown = late(what, ms)) => {
        this.#running.delete(running);
        ended.abort(reason);
        reject(reason);
      };
      const running = { dueAt: this.#clock.monotonic() + ms, end };
      this.#running.add(running);
      if (running.dueAt < this.#wakesAt) this.#sleepUntil(running.dueAt);
      callSafely(work, ended.signal).then(
        (result) => {
          this.#running.delete(running);
          resolve(result);
        },
        (error: unknown) => {
          this.#running.delete(running);
          reject(error);
        },
      );
    });
  }

  /** Ends all that runs, and lets go of the timer. */
  endAll(reason: unknown): void {
    for (const { end } of [...this.#running]) end(reason);
    this.#sleep?.abort(EARLIER);
    this.#wakesAt = Number.POSITIVE_INFINITY;
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
    for (const { dueAt, end } of [...this.#running]) if (dueAt <= now) end(undefined);
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#running) next = Math.min(next, dueAt);
    if (next < this.#wakesAt) this.#sleepUntil(next);
  }
}

function late(what: string, ms: number): MapperkitError {
  return new MapperkitError("timed_out", `${what} took longer than ${ms} ms`);
}

/** A synchronous throw of foreign code becomes a rejection. */
async function callSafely<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return await work(signal);
}
