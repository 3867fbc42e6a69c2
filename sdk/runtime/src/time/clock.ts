/** Time as a port: real in programs, virtual in tests. All times are milliseconds. */
export interface Clock {
  /** ms since 1970 */
  now(): number;
  /** ms since some moment of its own; no change of the machine's time moves it. For durations. */
  monotonic(): number;
  /** Resolves after `ms`. Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts with a MapperkitError `timed_out` after `ms`. Its timer never holds the process. */
  timeout(ms: number): AbortSignal;
  /** Calls `work` every `ms`, aligned to multiples of `ms` (no drift), until the returned function is called. */
  every(ms: number, work: () => void): () => void;
}
