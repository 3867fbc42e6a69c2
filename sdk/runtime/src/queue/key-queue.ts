import type { Random } from "../chance/random.ts";
import type { Component } from "../component/component.ts";
import { isRetryable } from "../errors/is-retryable.ts";
import type { Log } from "../log/log.ts";
import { Backoff } from "../retry/backoff.ts";
import type { Clock } from "../time/clock.ts";
import { KeyTimers } from "./key-timers.ts";

/** When to look at the key again; undefined when there is nothing left to do. */
export type Outcome = { requeueAfterMs: number } | undefined;

export interface KeyQueueOptions {
  readonly name: string;
  /** Reads the present state of `key` and moves it one step. Throwing asks for back-off. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>;
  /** How many keys are worked at a time; default 4. */
  readonly concurrency?: number;
  /** Default 100 ms to 30 s. */
  readonly backoff?: { readonly initialMs: number; readonly maxMs: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_BACKOFF = { initialMs: 100, maxMs: 30_000 };

/**
 * Keys waiting to be reconciled. Equal keys are merged, one key is never worked twice at a time, and
 * each add() is followed by a reconcile that began after it. A key whose reconcile throws comes back
 * after a back-off of its own, unless the error is not retryable; then it waits for the next add().
 */
export class KeyQueue implements Component {
  readonly name: string;
  readonly #options: KeyQueueOptions;
  readonly #concurrency: number;
  readonly #ready = new Set<string>();
  readonly #working = new Set<string>();
  readonly #backoffs = new Map<string, Backoff>();
  readonly #later: KeyTimers;
  readonly #stopping = new AbortController();
  #isStarted = false;
  #onIdle: (() => void) | undefined;

  constructor(options: KeyQueueOptions) {
    this.name = options.name;
    this.#options = options;
    this.#concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#later = new KeyTimers(options.clock, (key) => this.add(key));
  }

  /** Keys added before are worked from now on. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#isStarted = true;
    this.#pump();
  }

  /**
   * Takes no more keys, forgets those that wait, aborts the signal of those being worked and waits
   * for them to end.
   */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error(`${this.name} was stopped`));
    this.#ready.clear();
    this.#later.stop();
    if (this.#working.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const previous = this.#onIdle;
    this.#onIdle = () => {
      previous?.();
      resolve();
    };
    await promise;
  }

  /** Asks for a reconcile as soon as possible, even of a key that is in back-off. */
  add(key: string): void {
    if (this.#stopping.signal.aborted) return;
    this.#ready.add(key);
    this.#pump();
  }

  /** Asks for a reconcile after `ms`. Of several such requests for a key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#later.set(key, ms);
  }

  #pump(): void {
    if (!this.#isStarted) return;
    for (const key of this.#ready) {
      if (this.#working.size >= this.#concurrency) return;
      if (this.#working.has(key)) continue;
      this.#ready.delete(key);
      this.#working.add(key);
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    // What this run finds wrong decides about the next one.
    if (this.#backoffs.has(key)) this.#later.cancel(key);
    // add() must return before the reconcile begins: its caller may still be changing the state.
    await Promise.resolve();
    try {
      const outcome = await this.#options.reconcile(key, this.#stopping.signal);
      this.#backoffs.delete(key);
      if (outcome) this.addAfter(key, outcome.requeueAfterMs);
    } catch (error) {
      this.#onFailure(key, error);
    }
    this.#working.delete(key);
    this.#pump();
    if (this.#working.size === 0) this.#onIdle?.();
  }

  #onFailure(key: string, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const { log, random, backoff: policy = DEFAULT_BACKOFF } = this.#options;
    if (!isRetryable(error)) {
      this.#backoffs.delete(key);
      log.error("reconcile failed for good", { component: this.name, key, error });
      return;
    }
    const backoff = this.#backoffs.get(key) ?? new Backoff(policy, random);
    this.#backoffs.set(key, backoff);
    const delayMs = backoff.next();
    log.warn("reconcile failed", { component: this.name, key, retryInMs: delayMs, error });
    this.addAfter(key, delayMs);
  }
}
