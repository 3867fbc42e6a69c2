import { Backoff, type Clock, type Log, type Random, retry } from "@mapperkit/runtime";

const BACKOFF = { initialMs: 250, maxMs: 5_000 };

/**
 * Does `work` again and again while the API server is away or not ready, and says so once.
 * @throws what no waiting cures
 */
export async function untilReachable<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: { clock: Clock; random: Random; log: Log; signal: AbortSignal },
): Promise<T> {
  let hasSaidSo = false;
  return retry(work, {
    backoff: new Backoff(BACKOFF, options.random),
    clock: options.clock,
    signal: options.signal,
    onRetry: (error) => {
      if (hasSaidSo) return;
      hasSaidSo = true;
      options.log.warn("the Kubernetes API is not ready, waiting for it", { error });
    },
  });
}
