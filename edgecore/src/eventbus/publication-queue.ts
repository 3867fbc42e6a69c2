import type { Publication, TwinPublisher } from "../devicetwin/publication.ts";

/** Between devicetwin and the broker; holds what is said before the broker listens. */
export class PublicationQueue implements TwinPublisher {
  #held: Publication[] = [];
  #send: ((publications: readonly Publication[]) => void) | undefined;

  publish(publications: readonly Publication[]): void {
    if (this.#send) this.#send(publications);
    else this.#held.push(...publications);
  }

  /** From now on everything goes to `send`, first what was held. */
  drainTo(send: (publications: readonly Publication[]) => void): void {
    this.#send = send;
    const held = this.#held;
    this.#held = [];
    send(held);
  }
}
