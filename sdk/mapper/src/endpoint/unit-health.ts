import { Backoff, type Clock, type Random } from "@mapperkit/runtime";
import type { DeviceState } from "../twin-link/twin-link.ts";
import { isLinkFailure } from "./failure.ts";

const BACKOFF = { initialMs: 250, maxMs: 30_000 };
const MAX_FAILURES_IN_A_ROW = 3;
/** A dead unit may take this part of a bus that others share: they keep at least 95 % of their rate. */
const PROBE_SHARE = 1 / 30;

/**
 * Whether one unit behind an endpoint answers, judged by its own operations alone: a dead neighbour
 * on the same bus says nothing of it. A silent unit is probed on its own back-off.
 */
export class UnitHealth {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #watchers = new Set<(error?: unknown) => void>();
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

  /** Calls back after each change of the state, with what made it offline, until the result is called. */
  watch(changed: (error?: unknown) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  answered(): void {
    this.#failuresInARow = 0;
    this.#probeAt = 0;
    this.#backoff.reset();
    this.#become("online");
  }

  /**
   * An operation failed after `tookMs`. Where others wait for the same bus, the next probe is the
   * further off the longer this one took.
   */
  failed(error: unknown, tookMs: number, isShared: boolean): void {
    this.#failuresInARow += 1;
    if (!isLinkFailure(error) && this.#failuresInARow < MAX_FAILURES_IN_A_ROW) return;
    const pause = isShared ? tookMs / PROBE_SHARE : 0;
    this.#probeAt = this.#clock.monotonic() + Math.max(this.#backoff.next(), pause);
    this.#become("offline", error);
  }

  /** A new session is there, opened when no unit answered on the old one: now each may. */
  reopened(): void {
    this.#probeAt = 0;
  }

  /** There is no session to it. */
  unreachable(error: unknown): void {
    this.#become("offline", error);
  }

  #become(state: DeviceState, error?: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const changed of [...this.#watchers]) changed(error);
  }
}
