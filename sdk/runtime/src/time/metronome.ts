import { checkPeriod } from "./check-period.ts";

/**
 * Beats at the multiples of a period of the wall clock. Each beat is aimed anew, so lateness never
 * adds up; beats missed while the process was busy are skipped.
 */
export class Metronome {
  readonly #periodMs: number;
  readonly #onIdle: () => void;
  readonly #users = new Set<{ readonly work: () => void }>();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  constructor(periodMs: number, onIdle: () => void) {
    checkPeriod(periodMs);
    this.#periodMs = periodMs;
    this.#onIdle = onIdle;
  }

  add(work: () => void): () => void {
    const user = { work };
    this.#users.add(user);
    if (this.#timer === undefined) this.#aim();
    return () => this.#remove(user);
  }

  #remove(user: { readonly work: () => void }): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#onIdle();
  }

  #aim(): void {
    const now = Date.now();
    this.#dueMs = (Math.floor(now / this.#periodMs) + 1) * this.#periodMs;
    this.#wait(now);
  }

  #wait(now: number): void {
    this.#timer = setTimeout(() => this.#beat(), this.#dueMs - now);
  }

  #beat(): void {
    const now = Date.now();
    // Node may wake a little early; a clock set back must not silence the beat until it catches up.
    if (now < this.#dueMs && this.#dueMs - now <= this.#periodMs) {
      this.#wait(now);
      return;
    }
    this.#aim();
    for (const user of [...this.#users]) {
      if (!this.#users.has(user)) continue;
      try {
        user.work();
      } catch (error) {
        // The others share this timer: the fault must reach the process, not take their beat.
        process.nextTick(() => {
          throw error;
        });
      }
    }
  }
}
