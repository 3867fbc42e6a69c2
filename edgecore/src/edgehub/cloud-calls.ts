import { randomUUID } from "node:crypto";
import { type Envelope, MapperkitError, makeEnvelope } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";

const ANSWER_WITHIN_MS = 30_000;
const MAX_WAITING = 1_000;

export interface CloudRequest {
  readonly source: string;
  readonly group: string;
  readonly operation: string;
  readonly resource: string;
  readonly content: unknown;
}

/** Questions to the cloud that wait for its answer. A cut fails all of them. */
export class CloudCalls {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, PromiseWithResolvers<Envelope>>();
  #link: { send(envelope: Envelope): boolean } | undefined;

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  connected(link: { send(envelope: Envelope): boolean }): void {
    this.#link = link;
  }

  disconnected(): void {
    this.#link = undefined;
    for (const call of this.#waiting.values()) call.reject(cut());
    this.#waiting.clear();
  }

  /** @throws MapperkitError `unreachable` without a link or after a cut; `timed_out` */
  async call(request: CloudRequest, signal: AbortSignal): Promise<Envelope> {
    const id = randomUUID();
    const message = makeEnvelope({ id, timestamp: this.#clock.now(), ...request });
    if (this.#waiting.size >= MAX_WAITING || !this.#link?.send(message)) throw cut();
    const call = Promise.withResolvers<Envelope>();
    this.#waiting.set(id, call);
    const bounded = AbortSignal.any([signal, this.#clock.timeout(ANSWER_WITHIN_MS)]);
    const giveUp = () => call.reject(bounded.reason);
    bounded.addEventListener("abort", giveUp, { once: true });
    try {
      return await call.promise;
    } finally {
      bounded.removeEventListener("abort", giveUp);
      this.#waiting.delete(id);
    }
  }

  /** True when somebody waited for this answer. */
  settle(answer: Envelope): boolean {
    const call = this.#waiting.get(answer.header.parent_msg_id ?? "");
    call?.resolve(answer);
    return call !== undefined;
  }
}

function cut(): MapperkitError {
  return new MapperkitError("unreachable", "there is no link to the cloud, or it is full");
}
