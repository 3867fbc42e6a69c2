import type { Clock } from "@mapperkit/runtime";

/** Lower goes first on a bus. */
export const priorities = { write: 0, readback: 1, poll: 2 } as const;
export type Priority = (typeof priorities)[keyof typeof priorities];

interface Job<Session> {
  readonly priority: Priority;
  readonly run: (session: Session) => Promise<unknown>;
  readonly drop: (error: unknown) => void;
}

/** What a bus can take. */
export interface BusLimits {
  /** Operations under way at once. */
  readonly maxInFlight: number;
  /** Silence that the bus needs after each operation, ms. */
  readonly pauseMs: number;
}

export interface BusQueueParts {
  readonly clock: Clock;
  /** Ends the pauses. */
  readonly signal: AbortSignal;
}

/** What waits for a bus: writes first and each alone, as many reads at once as the bus takes. */
export class BusQueue<Session> {
  readonly #parts: BusQueueParts;
  readonly #waiting: Job<Session>[] = [];
  #session: Session | undefined;
  /** Those of the most delicate device on the bus. */
  limits: BusLimits = { maxInFlight: 1, pauseMs: 0 };
  /** Until then one operation at a time, whatever the limits say; a monotonic clock's time. */
  aloneUntil = 0;
  #inFlight = 0;
  #isWriting = false;
  #whenIdle: (() => void)[] = [];

  constructor(parts: BusQueueParts) {
    this.#parts = parts;
  }

  get maxInFlight(): number {
    return this.aloneUntil > this.#parts.clock.monotonic() ? 1 : this.limits.maxInFlight;
  }

  /** From here on jobs run, each on this session. */
  serve(session: Session): void {
    this.#session = session;
    this.#pump();
  }

  /** Begins no more; what waits is dropped with `error`. */
  halt(error: unknown): void {
    this.#session = undefined;
    for (const job of this.#waiting.splice(0)) job.drop(error);
  }

  /** Runs in its turn, or drops when the queue is halted before. */
  add(job: Job<Session>): void {
    this.#waiting.push(job);
    this.#pump();
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Takes the next jobs while the bus is free for them. */
  #pump(): void {
    while (this.#session && !this.#isWriting && this.#inFlight < this.maxInFlight) {
      const job = this.#nextJob();
      if (!job) return;
      const isWrite = job.priority === priorities.write;
      // A write has the bus for itself: what it reads before must still hold when it writes.
      if (isWrite && this.#inFlight > 0) return;
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      this.#inFlight += 1;
      this.#isWriting = isWrite;
      this.#run(job, this.#session).catch(() => undefined);
    }
  }

  async #run(job: Job<Session>, session: Session): Promise<void> {
    const { clock, signal } = this.#parts;
    try {
      await job.run(session);
      const { pauseMs } = this.limits;
      if (pauseMs > 0) await clock.sleep(pauseMs, signal);
    } finally {
      this.#inFlight -= 1;
      this.#isWriting = false;
      if (this.#inFlight === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
      this.#pump();
    }
  }

  #nextJob(): Job<Session> | undefined {
    return this.#waiting.reduce<Job<Session> | undefined>(
      (best, next) => (best && best.priority <= next.priority ? best : next),
      undefined,
    );
  }
}
