import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";

export interface Deadline {
  readonly clock: Clock;
  readonly ms: number;
  /** Ends the work early, with its own reason. */
  readonly signal?: AbortSignal | undefined;
  /** What was being done, for the message of the time-out. */
  readonly what: string;
}

/** A reason made once: each abort without one makes an exception with a stack. */
const DONE = new MapperkitError("conflict", "the work is done");

/**
 * Runs foreign work that may hang: resolves as it does, and rejects at the deadline even when the
 * work ignores its signal. What it does after that is heard by nobody.
 * @throws MapperkitError `timed_out`
 */
export async function withDeadline<T>(
  { clock, ms, signal, what }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const ended = new AbortController();
  const done = new AbortController();
  const cut = () => ended.abort(signal?.reason);
  signal?.addEventListener("abort", cut, { once: true });
  const timer = clock.sleep(ms, done.signal).then(
    () => ended.abort(new MapperkitError("timed_out", `${what} took longer than ${ms} ms`)),
    () => undefined,
  );
  try {
    return await Promise.race([callSafely(work, ended.signal), rejectWhenAborted(ended.signal)]);
  } finally {
    signal?.removeEventListener("abort", cut);
    done.abort(DONE);
    await timer;
  }
}

/** A synchronous throw of foreign code becomes a rejection. */
async function callSafely<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return await work(signal);
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
