import type { Clock, Log, Random, Transports } from "@mapperkit/runtime";

/** What a driver is given to open a session: its config, and the world by ports. */
export interface Context<C = unknown> {
  readonly config: C;
  /** The device; the first of them where several share the session. */
  readonly device: { readonly name: string; readonly namespace: string; readonly node: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly transports: Transports;
  readonly log: Log;
  /** Aborts when the session is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What connect() is given. */
export interface SessionContext<C = unknown> extends Context<C> {
  /**
   * Says that the session is lost, and why, without waiting for an operation to fail: its devices
   * are offline at once, and a new session is opened. May be called at any time, also more than once.
   */
  lost(why?: unknown): void;
}
