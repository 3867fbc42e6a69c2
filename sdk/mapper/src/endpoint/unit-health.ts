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
  /** What it takes of others to ask it once, ms; they have the bus for themselves for a multiple. */
  #costMs = 0;
  /** Asking it ended the session, with all that was open on it. */
  #endedSession = false;
  #cause: unknown;

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

  /** Why it does not answer, while it does not. */
  get cause(): unknown {
    return this.#state === "offline" ? this.#cause : undefined;
  }

  /** Calls back after each change of the state, with what made it offline, until the result is called. */
  watch(changed: (error?: unknown) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  answered(): void {
    this.#failuresInARow = 0;
    this.#probeAt = 0;
    this.#endedSession = false;
    this.#backoff.reset();
    this.#become("online");
  }

  /**
   * An operation failed after `tookMs`. Where others wait for the same bus, the next probe is the
   * further off the longer this one took, and the longer it then took to open the session anew.
   */
  failed(
    error: unknown,
    tookMs: number,
    { isShared, isSessionLost }: { readonly isShared: boolean; readonly isSessionLost: boolean },
  ): void {
    this.#failuresInARow += 1;
    if (!isLinkFailure(error) && this.#failuresInARow < MAX_FAILURES_IN_A_ROW) return;
    this.#costMs = isShared ? tookMs : 0;
    this.#endedSession = isShared && isSessionLost;
    const pause = this.#costMs / PROBE_SHARE;
    this.#probeAt = this.#clock.monotonic() + Math.max(this.#backoff.next(), pause);
    this.#become("offline", error);
  }

  /**
   * A new session is there, after `outageMs` without one. Where no unit answered on the old one now
   * each may, and the unit that ended it comes last; where others do answer each keeps its back-off.
   */
  reopened(outageMs: number, areOthersUp: boolean): void {
    const now = this.#clock.monotonic();
    if (!areOthersUp) this.#probeAt = this.#endedSession ? now + BACKOFF.initialMs : 0;
    else if (this.#endedSession) {
      const pause = (this.#costMs + outageMs) / PROBE_SHARE;
      this.#probeAt = Math.max(this.#probeAt, now + pause);
    }
  }

  /** There is no session to it. */
  unreachable(error: unknown): void {
    this.#become("offline", error);
  }

  #become(state: DeviceState, error?: unknown): void {
    if (error !== undefined) this.#cause = error;
    if (state === this.#state) return;
    this.#state = state;
    for (const changed of [...this.#watchers]) changed(error);
  }
}
