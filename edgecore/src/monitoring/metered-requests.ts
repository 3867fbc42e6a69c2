import type { Publication } from "../devicetwin/publication.ts";
import type { DeviceRequests } from "../eventbus/event-bus.ts";
import type { AnswerTally } from "./answer-tally.ts";

/** Counts what mappers ask and what becomes of it, by looking at the answers. */
export class MeteredRequests implements DeviceRequests {
  readonly #requests: DeviceRequests;
  readonly #tally: AnswerTally;

  constructor(requests: DeviceRequests, tally: AnswerTally) {
    this.#requests = requests;
    this.#tally = tally;
  }

  handle(...request: Parameters<DeviceRequests["handle"]>): ReturnType<DeviceRequests["handle"]> {
    return this.#requests.handle(...request)?.then((publications) => {
      for (const publication of publications) this.#note(publication);
      return publications;
    });
  }

  #note(publication: Publication): void {
    if (publication.kind === "notice" || publication.kind === "announcement") return;
    const action = publication.action.replace(/\/result$/, "");
    const isMembership = publication.kind === "membership";
    this.#tally.note(isMembership ? `membership/${action}` : action, publication.body);
  }
}
