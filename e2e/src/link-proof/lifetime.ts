import type { Clock } from "@mapperkit/runtime";

/** One run of a program, from its start to the moment at which it is killed, in the middle of anything. */
export class Lifetime {
  #isAlive = true;
  readonly #onDeath: (() => void)[] = [];

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Nothing of it happens any more; nothing of it is told. */
  kill(): void {
    this.#isAlive = false;
    for (const work of this.#onDeath.splice(0)) work();
  }

  onDeath(work: () => void): void {
    this.#onDeath.push(work);
  }

  /** What the dead wait for never comes. */
  async of<T>(work: Promise<T>): Promise<T> {
    try {
      const value = await work;
      if (this.#isAlive) return value;
    } catch (error) {
      if (this.#isAlive) throw error;
    }
    return new Promise<never>(() => {});
  }
}

/** The clock of one machine: it may be wrong by hours and be set, but it measures durations well. */
export class MachineClock implements Clock {
  offsetMs = 0;
  readonly #base: Clock;
  readonly #life: Lifetime;

  constructor(base: Clock, life: Lifetime, offsetMs = 0) {
    this.#base = base;
    this.#life = life;
    this.offsetMs = offsetMs;
  }

  now(): number {
    return this.#base.now() + this.offsetMs;
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#life.of(this.#base.sleep(ms, signal));
  }

  timeout(ms: number): AbortSignal {
    return this.#base.timeout(ms);
  }

  every(ms: number, work: () => void): () => void {
    const stop = this.#base.every(ms, () => {
      if (this.#life.isAlive) work();
    });
    this.#life.onDeath(stop);
    return stop;
  }
}
