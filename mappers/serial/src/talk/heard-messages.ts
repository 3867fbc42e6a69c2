import type { Clock } from "@mapperkit/runtime";
import type { Message, Splitter } from "../framing/message.ts";
import type { Dialect } from "./dialect.ts";

/** What somebody wants to hear of. */
export interface Wish {
  readonly dialect: Dialect;
  readonly isMine: (message: Message) => boolean;
  /** How old a message may be, and how long the first one is waited for, ms. */
  readonly freshMs: number;
  readonly signal: AbortSignal;
}

interface Heard {
  readonly message: Message;
  readonly atMs: number;
}

interface Ear {
  readonly splitter: Splitter;
  /** The newest last. */
  readonly heard: Heard[];
  readonly listeners: Set<(message: Message) => void>;
}

/** A telegram of so many lines is still whole when its last line was heard. */
const MOST_KEPT = 256;

/** What the devices of a line said lately, for those that speak unasked. */
export class HeardMessages {
  readonly #clock: Clock;
  readonly #ears = new Map<string, Ear>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  push(bytes: Uint8Array): void {
    for (const { splitter, heard, listeners } of this.#ears.values()) {
      for (const message of splitter.push(bytes)) {
        heard.push({ message, atMs: this.#clock.monotonic() });
        if (heard.length > MOST_KEPT) heard.shift();
        for (const listener of listeners) listener(message);
      }
    }
  }

  /** The last fitting message that is fresh, or the next one; undefined where none comes. */
  async find(wish: Wish): Promise<Message | undefined> {
    const { dialect, isMine, freshMs } = wish;
    const ear = this.#ears.get(dialect.splitterKey) ?? {
      ...{ splitter: dialect.splitter(true), heard: [], listeners: new Set() },
    };
    this.#ears.set(dialect.splitterKey, ear);
    const last = ear.heard.findLast(({ message }) => isMine(message));
    if (last && this.#clock.monotonic() - last.atMs <= freshMs) return last.message;
    return await this.#next(ear, wish);
  }

  async #next(ear: Ear, { isMine, freshMs, signal }: Wish): Promise<Message | undefined> {
    const { promise, resolve } = Promise.withResolvers<Message | undefined>();
    const listener = (message: Message) => {
      if (isMine(message)) resolve(message);
    };
    const done = new AbortController();
    ear.listeners.add(listener);
    this.#clock.sleep(freshMs, AbortSignal.any([signal, done.signal])).then(
      () => resolve(undefined),
      () => resolve(undefined),
    );
    try {
      return await promise;
    } finally {
      ear.listeners.delete(listener);
      done.abort();
    }
  }
}
