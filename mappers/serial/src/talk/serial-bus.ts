import { MapperkitError } from "@mapperkit/api";
import type { ByteStream, Clock } from "@mapperkit/runtime";

/** Judges what arrives after a request: the outcome, or undefined while it has not come. */
export type Listen<T> = (bytes: Uint8Array) => T | undefined;

export interface Request<T> {
  readonly bytes: Uint8Array;
  /** Called when the request goes out. `isMidway` says that somebody was still talking. */
  readonly listen: (isMidway: boolean) => Listen<T>;
  readonly timeoutMs: number;
  readonly lateAnswerMs: number;
  readonly pauseMs: number;
  /** Who is asked and what was heard of him, for the message of silence. */
  readonly describe: () => string;
  readonly signal: AbortSignal;
}

export interface SerialBusParts {
  readonly stream: ByteStream;
  readonly clock: Clock;
  /** Time of one byte on the wire, ms; 0 where bytes go by network. */
  readonly byteMs: number;
  /** Hears everything that arrives, whoever it is for. */
  readonly overhear: (bytes: Uint8Array) => void;
}

/** After stray bytes the line must be silent for so long before the next request. */
const STRAY_GAP_MS = 20;
/** Nobody waits longer than this for a device that never stops talking. */
const LONGEST_WAIT_FOR_SILENCE_MS = 250;

/**
 * One line with its devices: one request at a time, since an answer does not say to which one it
 * belongs. After a request that was given up nothing is asked until its answer cannot come any more.
 */
export class SerialBus {
  readonly #parts: SerialBusParts;
  readonly #lost = new AbortController();
  readonly #reading: Promise<void>;
  #turn: Promise<unknown> = Promise.resolve();
  #hear: ((bytes: Uint8Array) => void) | undefined;
  /** Nothing is asked before this time. */
  #quietUntil: number;
  #lastActivityAt: number;
  /** When something arrived that nobody waited for. */
  #strayAt = Number.NEGATIVE_INFINITY;

  /** @param quietMs what an earlier session asked may be answered for so long yet */
  constructor(parts: SerialBusParts, quietMs: number) {
    this.#parts = parts;
    const now = parts.clock.monotonic();
    this.#lastActivityAt = now;
    this.#quietUntil = now + quietMs;
    this.#reading = this.#read();
  }

  /**
   * Sends a request and resolves with what came of it.
   * @throws MapperkitError `timed_out` when no answer came, `unreachable` when the line is lost
   */
  ask<T>(request: Request<T>): Promise<T> {
    return this.#inTurn(() => this.#ask(request));
  }

  /** Sends what has no answer. @throws MapperkitError `unreachable` */
  tell(request: Pick<Request<never>, "bytes" | "pauseMs" | "signal">): Promise<void> {
    return this.#inTurn(async () => {
      await this.#silence(request.pauseMs, request.signal);
      await this.#send(request.bytes);
    });
  }

  async close(): Promise<void> {
    this.#lose(new MapperkitError("unreachable", "the line was closed"));
    await this.#parts.stream.close();
    await this.#reading;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #ask<T>(request: Request<T>): Promise<T> {
    const { clock } = this.#parts;
    const { signal, timeoutMs, lateAnswerMs, describe } = request;
    const isMidway = !(await this.#silence(request.pauseMs, signal));
    const listen = request.listen(isMidway);
    const answer = Promise.withResolvers<T>();
    // Awaited below, when the request is on the wire.
    answer.promise.catch(() => undefined);
    const settled = new AbortController();
    this.#hear = (bytes) => {
      const outcome = listen(bytes);
      if (outcome === undefined) return;
      this.#hear = undefined;
      answer.resolve(outcome);
    };
    const ended = AbortSignal.any([signal, this.#lost.signal, settled.signal]);
    ended.addEventListener("abort", () => answer.reject(ended.reason), { once: true });
    try {
      await this.#send(request.bytes);
      const waitMs = timeoutMs + request.bytes.length * this.#parts.byteMs;
      clock.sleep(waitMs, ended).then(
        () => answer.reject(silence(describe(), timeoutMs)),
        () => undefined,
      );
      return await answer.promise;
    } catch (error) {
      this.#quietUntil = clock.monotonic() + lateAnswerMs;
      // Waited for here, so that the time counts as this device's and not as its neighbours'.
      this.#hear = undefined;
      await this.#quiet(signal).catch(() => undefined);
      throw error;
    } finally {
      this.#hear = undefined;
      settled.abort();
    }
  }

  /** Waits until a request may go out. False when the line never fell silent. */
  async #silence(pauseMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#parts;
    signal.throwIfAborted();
    await this.#quiet(signal);
    await this.#until(() => this.#lastActivityAt + pauseMs, signal);
    const patience = clock.monotonic() + LONGEST_WAIT_FOR_SILENCE_MS;
    const silentAt = () => this.#strayAt + STRAY_GAP_MS;
    await this.#until(() => Math.min(patience, silentAt()), signal);
    this.#lost.signal.throwIfAborted();
    return silentAt() <= clock.monotonic();
  }

  #quiet(signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#quietUntil, signal);
  }

  async #until(time: () => number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const either = AbortSignal.any([signal, this.#lost.signal]);
    for (let ms = time() - clock.monotonic(); ms > 0; ms = time() - clock.monotonic()) {
      either.throwIfAborted();
      await clock.sleep(Math.ceil(ms), either);
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const { stream, clock, byteMs } = this.#parts;
    try {
      await stream.write(bytes);
    } catch (cause) {
      const error = lineError(cause);
      this.#lose(error);
      throw error;
    }
    this.#lastActivityAt = clock.monotonic() + bytes.length * byteMs;
  }

  async #read(): Promise<void> {
    const { stream, clock, overhear } = this.#parts;
    try {
      for await (const bytes of stream.read()) {
        this.#lastActivityAt = Math.max(this.#lastActivityAt, clock.monotonic());
        overhear(bytes);
        if (this.#hear) this.#hear(bytes);
        else this.#strayAt = clock.monotonic();
      }
      this.#lose(new MapperkitError("unreachable", "the line was closed from the far end"));
    } catch (cause) {
      this.#lose(lineError(cause));
    }
  }

  #lose(error: MapperkitError): void {
    if (!this.#lost.signal.aborted) this.#lost.abort(error);
  }
}

function silence(what: string, timeoutMs: number): MapperkitError {
  return new MapperkitError("timed_out", `${what} within ${timeoutMs} ms`, {
    details: { timeoutMs },
  });
}

function lineError(cause: unknown): MapperkitError {
  if (cause instanceof MapperkitError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError("unreachable", `the line broke: ${why}`, { cause });
}
