import type { Component } from "./component.ts";

/**
 * Components that live and die together: started in the order given, stopped in reverse. A start
 * that fails half-way is undone before its error is thrown.
 */
export class ComponentGroup implements Component {
  readonly name: string;
  /** Rejects with the first failure of a part, until the group is stopped. */
  readonly failed: Promise<never>;
  readonly #parts: readonly Component[];
  readonly #stopping = new AbortController();
  readonly #reject: (error: unknown) => void;
  #starting: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #touched = 0;

  constructor(name: string, parts: readonly Component[]) {
    this.name = name;
    this.#parts = [...parts];
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#reject = reject;
    // An owner that does not watch must not be ended by an unhandled rejection.
    promise.catch(() => {});
  }

  /** @throws what the failing part threw, or the signal's reason; by then everything is stopped. */
  start(signal: AbortSignal): Promise<void> {
    this.#starting ??= this.#startParts(AbortSignal.any([signal, this.#stopping.signal]));
    return this.#starting;
  }

  /** Stops every part even when one refuses. @throws the refusal, or an AggregateError of several. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAfterStart();
    return this.#stopped;
  }

  async #stopAfterStart(): Promise<void> {
    this.#stopping.abort(new Error(`${this.name} was stopped`));
    // Its own error went to whoever called start().
    await this.#starting?.catch(() => {});
    await this.#stopParts();
  }

  async #startParts(signal: AbortSignal): Promise<void> {
    try {
      for (const part of this.#parts) {
        signal.throwIfAborted();
        this.#touched += 1;
        this.#watch(part);
        await part.start(signal);
        this.#watch(part);
      }
      signal.throwIfAborted();
    } catch (error) {
      // The first error is the one to act on; a refusal to stop after it would hide it.
      await this.#stopParts().catch(() => {});
      throw error;
    }
  }

  /** Called before and after a start: a part may make its `failed` only when it starts. */
  #watch(part: Component): void {
    part.failed?.catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#reject(error);
    });
  }

  async #stopParts(): Promise<void> {
    const refusals: unknown[] = [];
    while (this.#touched > 0) {
      this.#touched -= 1;
      try {
        await this.#parts[this.#touched]?.stop();
      } catch (error) {
        refusals.push(error);
      }
    }
    if (refusals.length === 1) throw refusals[0];
    if (refusals.length > 1) throw new AggregateError(refusals, `${this.name} did not stop`);
  }
}
