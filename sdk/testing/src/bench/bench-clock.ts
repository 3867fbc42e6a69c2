import { MapperkitError, parseDuration } from "@mapperkit/api";
import { type Clock, VirtualClock } from "@mapperkit/runtime";

/** A length of time: `250ms`, `10s`, `2m`, `1h`; a number is milliseconds. */
export type Span = string | number;

/** @throws MapperkitError `invalid_input` */
export function msOf(span: Span, field = "duration"): number {
  return typeof span === "number" ? span : parseDuration(span, field);
}

const STEP_MS = 10;
const DEFAULT_MAX = "1m";

/**
 * A clock that only a test moves. Who waits for something that nobody moves it for (`follow`) moves
 * it himself, in small steps, so that a forgotten `advance` is not a test that hangs.
 */
export class BenchClock implements Clock {
  readonly #inner: VirtualClock;
  #turn: Promise<void> = Promise.resolve();
  #movers = 0;
  readonly #followed = new Set<Promise<unknown>>();

  constructor(startMs: number) {
    this.#inner = new VirtualClock(startMs);
  }

  now(): number {
    return this.#inner.now();
  }

  monotonic(): number {
    return this.#inner.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#inner.sleep(ms, signal);
  }

  timeout(ms: number): AbortSignal {
    return this.#inner.timeout(ms);
  }

  every(ms: number, work: () => void): () => void {
    return this.#inner.every(ms, work);
  }

  /** Moves time on; all that was due on the way has happened when it resolves. */
  async advance(by: Span): Promise<void> {
    await this.#asMover(() => this.#move(msOf(by)));
  }

  /**
   * Moves time until `awaited` settles, and settles like it.
   * @throws MapperkitError `timed_out` when it has not after `max` (default 1 minute)
   */
  async runUntil<T>(awaited: Promise<T>, max: Span = DEFAULT_MAX): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    awaited.then(settle, settle);
    const endsAt = this.now() + msOf(max, "max");
    await this.#asMover(async () => {
      await this.#move(0);
      while (!isSettled && this.now() < endsAt)
        await this.#move(Math.min(STEP_MS, endsAt - this.now()));
    });
    if (isSettled) return await awaited;
    throw new MapperkitError("timed_out", `nothing came of it within ${max}`);
  }

  /** As runUntil() for a fact. `what` is for the message. */
  async runUntilTrue(what: string, isTrue: () => boolean, max: Span = DEFAULT_MAX): Promise<void> {
    const endsAt = this.now() + msOf(max, "max");
    await this.#asMover(async () => {
      await this.#move(0);
      while (!isTrue() && this.now() < endsAt)
        await this.#move(Math.min(STEP_MS, endsAt - this.now()));
    });
    if (!isTrue()) throw new MapperkitError("timed_out", `waited ${max} in vain: ${what}`);
  }

  /** Moves time for `awaited` whenever nobody else does, and returns it. */
  follow<T>(awaited: Promise<T>): Promise<T> {
    this.#followed.add(awaited);
    const end = () => {
      this.#followed.delete(awaited);
    };
    awaited.then(end, end);
    this.#moveForFollowed();
    return awaited;
  }

  async #asMover(move: () => Promise<void>): Promise<void> {
    this.#movers += 1;
    try {
      await move();
    } finally {
      this.#movers -= 1;
      if (this.#movers === 0) this.#moveForFollowed();
    }
  }

  /** A test's own next step comes first: it has the rest of this turn of the event loop for it. */
  #moveForFollowed(): void {
    setImmediate(() => {
      if (this.#movers > 0 || this.#followed.size === 0) return;
      this.#asMover(() => this.#move(STEP_MS)).catch(() => undefined);
    });
  }

  #move(ms: number): Promise<void> {
    const moved = this.#turn.then(() => this.#inner.advance(ms));
    this.#turn = moved.catch(() => undefined);
    return moved;
  }
}
