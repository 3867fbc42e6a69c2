import { isRetryable as isRetryableByCode } from "../errors/is-retryable.ts";
import type { Clock } from "../time/clock.ts";
import type { Backoff } from "./backoff.ts";

export interface RetryOptions {
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Default: by the error's code. */
  readonly isRetryable?: (error: unknown) => boolean;
  readonly onRetry?: (error: unknown, delayMs: number) => void;
}

/**
 * Does `work` until it succeeds.
 * @throws its error when that is not retryable; the signal's reason when aborted
 */
export async function retry<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { backoff, clock, signal, isRetryable = isRetryableByCode, onRetry }: RetryOptions,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const result = await work(signal);
      backoff.reset();
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (!isRetryable(error)) throw error;
      const delayMs = backoff.next();
      onRetry?.(error, delayMs);
      await clock.sleep(delayMs, signal);
    }
  }
}
