import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "./clock.ts";
import { Metronome } from "./metronome.ts";

/** The longest delay a Node timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export class RealClock implements Clock {
  /** One timer per period, however many users it has: thousands of devices tick for the price of one. */
  readonly #metronomes = new Map<number, Metronome>();

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // A deadline that has passed meanwhile is due now.
    let leftMs = Math.max(0, ms);
    for (; leftMs > LONGEST_TIMER_MS; leftMs -= LONGEST_TIMER_MS) {
      await sleepOnce(LONGEST_TIMER_MS, signal);
    }
    await sleepOnce(leftMs, signal);
  }

  timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new MapperkitError("timed_out", `not done within ${ms} ms`)),
      Math.min(ms, LONGEST_TIMER_MS),
    );
    timer.unref();
    return controller.signal;
  }

  every(ms: number, work: () => void): () => void {
    let metronome = this.#metronomes.get(ms);
    if (metronome === undefined) {
      metronome = new Metronome(ms, () => this.#metronomes.delete(ms));
      this.#metronomes.set(ms, metronome);
    }
    return metronome.add(work);
  }
}

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
