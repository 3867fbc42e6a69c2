import { MapperkitError } from "@mapperkit/api";
import { checkPeriod } from "./check-period.ts";
import type { Clock } from "./clock.ts";
import { DeadlineQueue } from "./deadline-queue.ts";

interface Timer {
  cancelled: boolean;
  readonly fire: () => void;
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  readonly #timers = new DeadlineQueue<Timer>();
  #nowMs: number;
  #isAdvancing = false;

  /** @param startMs ms since 1970 */
  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        timer.cancelled = true;
        reject(signal?.reason);
      };
      const timer = this.#schedule(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    this.#schedule(ms, () =>
      controller.abort(new MapperkitError("timed_out", `not done within ${ms} ms`)),
    );
    return controller.signal;
  }

  every(ms: number, work: () => void): () => void {
    checkPeriod(ms);
    let timer: Timer;
    const aim = () => {
      timer = this.#schedule(ms - (this.#nowMs % ms), () => {
        aim();
        work();
      });
    };
    aim();
    return () => {
      timer.cancelled = true;
    };
  }

  /**
   * Moves time on by `ms`. Timers on the way fire in order, each at its own time, and the promises
   * that one settles run to their end before the next fires.
   */
  async advance(ms: number): Promise<void> {
    if (this.#isAdvancing) {
      throw new MapperkitError("conflict", "the clock is being advanced already: await it first");
    }
    this.#isAdvancing = true;
    try {
      const untilMs = this.#nowMs + ms;
      await settle();
      for (let due = this.#takeDue(untilMs); due; due = this.#takeDue(untilMs)) {
        this.#nowMs = Math.max(this.#nowMs, due.dueMs);
        due.item.fire();
        await settle();
      }
      this.#nowMs = untilMs;
    } finally {
      this.#isAdvancing = false;
    }
  }

  #schedule(ms: number, fire: () => void): Timer {
    const timer = { cancelled: false, fire };
    this.#timers.push(this.#nowMs + Math.max(0, ms), timer);
    return timer;
  }

  #takeDue(untilMs: number): { dueMs: number; item: Timer } | undefined {
    let due = this.#timers.takeDue(untilMs);
    while (due?.item.cancelled) due = this.#timers.takeDue(untilMs);
    return due;
  }
}

/** All microtasks, and the callbacks of input that has arrived already, run before an immediate. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
