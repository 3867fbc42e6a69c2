import type { Clock } from "@mapperkit/runtime";

/** Long enough not to try a full disk in a hurry, short enough for who waits for a deletion. */
const PAUSE_MS = 2000;

/**
 * What works beside the requests. Its writes are not answered to anybody: when some were lost, it
 * is started again, and takes up from the store what is left to do, as after a restart.
 */
export class Background {
  readonly #clock: Clock;
  readonly #begin: () => readonly (() => void)[];
  readonly #stopped = new AbortController();
  #running: readonly (() => void)[] = [];
  #isDue = false;

  /** `begin` starts all parts and returns how each is ended. */
  constructor(clock: Clock, begin: () => readonly (() => void)[]) {
    this.#clock = clock;
    this.#begin = begin;
  }

  start(): void {
    this.#running = this.#begin();
  }

  /** After a pause; losses in the meantime count as one. */
  beginAnew(): void {
    if (this.#isDue || this.#stopped.signal.aborted) return;
    this.#isDue = true;
    this.#clock.sleep(PAUSE_MS, this.#stopped.signal).then(
      () => {
        this.#isDue = false;
        this.#end();
        this.start();
      },
      () => undefined,
    );
  }

  stop(): void {
    this.#stopped.abort();
    this.#end();
  }

  #end(): void {
    for (const end of this.#running.toReversed()) end();
    this.#running = [];
  }
}
