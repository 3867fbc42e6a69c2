import type { Component } from "@mapperkit/runtime";

/** Something that runs until its signal aborts, such as a mapper, as a part with a start and a stop. */
export class RunningMapper implements Component {
  readonly name: string;
  readonly failed: Promise<never>;
  readonly #run: (signal: AbortSignal) => Promise<void>;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #fail: (error: unknown) => void = () => {};

  constructor(name: string, run: (signal: AbortSignal) => Promise<void>) {
    this.name = name;
    this.#run = run;
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    // Whoever owns this part awaits `failed`; before that a failure must not end the process.
    this.failed.catch(() => {});
  }

  start(): Promise<void> {
    this.#running = this.#run(this.#stopping.signal).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) this.#fail(error);
    });
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}
