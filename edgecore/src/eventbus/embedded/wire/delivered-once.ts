interface Emitter {
  emit(message: object, done?: (error?: Error) => void): unknown;
}

interface Mark {
  emission: number;
}

/**
 * Two subscriptions of one client that fit one message bring it once. The broker tells by the
 * message's number whether it came before, and so drops a message that another one has overtaken
 * inside it: a retained or QoS 1 one by a QoS 0 one. Here only the message that is being handed out
 * counts, which happens in one go.
 */
export class DeliveredOnce {
  readonly #marks: object;
  #emission = 0;

  /** @param emitter the broker's, without a limit of concurrency: it hands out at once */
  constructor(brokerId: string, emitter: Emitter) {
    const emit = emitter.emit.bind(emitter);
    emitter.emit = (message, done) => {
      this.#emission += 1;
      return emit(message, done);
    };
    const present = () => this.#emission;
    this.#marks = Object.defineProperty(Object.create(null) as object, brokerId, {
      get(this: Mark) {
        return this.emission === present() ? Number.MAX_SAFE_INTEGER : 0;
      },
      set(this: Mark) {
        this.emission = present();
      },
    });
  }

  /** In the place of aedes' table of the last message of each broker. */
  marks(): object {
    return Object.assign(Object.create(this.#marks) as Mark, { emission: -1 });
  }
}
