import type { Clock } from "@mapperkit/runtime";

/** What a counter keeps without power. */
export interface CounterState {
  readonly on: boolean;
  readonly periodMs: number;
  readonly value: number;
}

/**
 * The works of a counter: while on, the count rises by one each period. It is reckoned from the
 * clock when somebody looks, so a thousand idle counters cost nothing.
 */
export class CountRegister {
  readonly #clock: Clock;
  #isOn: boolean;
  #periodMs: number;
  /** The count at `#sinceMs`. */
  #base: number;
  #sinceMs: number;

  constructor(clock: Clock, state: CounterState) {
    this.#clock = clock;
    this.#isOn = state.on;
    this.#periodMs = state.periodMs;
    this.#base = state.value;
    this.#sinceMs = clock.now();
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  get periodMs(): number {
    return this.#periodMs;
  }

  get value(): number {
    return this.#base + this.#periodsSince();
  }

  get state(): CounterState {
    return { on: this.#isOn, periodMs: this.#periodMs, value: this.value };
  }

  /** Turning on what is on changes nothing: the running period goes on. */
  turn(on: boolean): void {
    if (on === this.#isOn) return;
    this.#settle();
    this.#isOn = on;
  }

  setPeriod(periodMs: number): void {
    if (periodMs === this.#periodMs) return;
    this.#settle();
    this.#periodMs = periodMs;
  }

  reset(): void {
    this.#base = 0;
    this.#sinceMs = this.#clock.now();
  }

  #settle(): void {
    this.#base = this.value;
    this.#sinceMs = this.#clock.now();
  }

  #periodsSince(): number {
    if (!this.#isOn) return 0;
    // A clock that is set back must not make the count negative.
    return Math.floor(Math.max(0, this.#clock.now() - this.#sinceMs) / this.#periodMs);
  }
}
