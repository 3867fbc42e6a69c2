import { Backoff, type Clock, type Random } from "@mapperkit/runtime";
import { isLinkFailure } from "../endpoint/failure.ts";
import type { DeviceState } from "../twin-link/twin-link.ts";

const BACKOFF = { initialMs: 250, maxMs: 30_000 };
const MAX_FAILURES_IN_A_ROW = 3;

/**
 * Whether one unit answers, judged by its own operations alone: a dead neighbour on the same bus
 * says nothing of it. A silent unit is probed on its own back-off.
 */
export class Availability {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #state: DeviceState | undefined;
  #probeAt = 0;
  #failuresInARow = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#backoff = new Backoff(BACKOFF, random);
  }

  /** Undefined until the first answer or the first failure. */
  get state(): DeviceState | undefined {
    return this.#state;
  }

  /** Before this time the unit is left alone. */
  get probeAt(): number {
    return this.#probeAt;
  }

  /** True when the unit was not known to be online. */
  answered(): boolean {
    this.#failuresInARow = 0;
    this.#probeAt = 0;
    this.#backoff.reset();
    const isNews = this.#state !== "online";
    this.#state = "online";
    return isNews;
  }

  /** An operation failed. True when the unit is thereby lost. */
  failed(error: unknown): boolean {
    this.#failuresInARow += 1;
    if (!isLinkFailure(error) && this.#failuresInARow < MAX_FAILURES_IN_A_ROW) return false;
    this.#probeAt = this.#clock.now() + this.#backoff.next();
    this.#state = "offline";
    return true;
  }

  /** There is no session to it. */
  unreachable(): void {
    this.#state = "offline";
  }
}
