import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";

/** A reason made once: each abort without one makes an exception with a stack. */
const WOKEN = new MapperkitError("conflict", "woken");

/** Sleeps that others can cut short. A wake that comes before its sleep counts for it. */
export class Sleeper {
  readonly #clock: Clock;
  #cut: AbortController | undefined;
  #isWoken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#isWoken = true;
    this.#cut?.abort(WOKEN);
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#isWoken) {
      this.#cut = new AbortController();
      await this.#clock.sleep(Math.max(Math.ceil(ms), 0), this.#cut.signal).catch(() => undefined);
      this.#cut = undefined;
    }
    this.#isWoken = false;
  }
}
