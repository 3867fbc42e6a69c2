import type { Publication } from "../devicetwin/publication.ts";
import type { DeviceRequests } from "../eventbus/event-bus.ts";
import type { EdgeMetrics } from "./edge-metrics.ts";
import { refusalReason } from "./refusal-reason.ts";

/** The parts of an answer that are counted (mqtt-topics §2.3, additions.md). */
interface AnswerBody {
  readonly code?: number;
  readonly reason?: string;
  readonly twin?: Readonly<Record<string, unknown>>;
  readonly errors?: Readonly<Record<string, { readonly code: number; readonly reason: string }>>;
}

/** Counts what mappers ask and what becomes of it, by looking at the answers. */
export class MeteredRequests implements DeviceRequests {
  readonly #requests: DeviceRequests;
  readonly #metrics: EdgeMetrics;

  constructor(requests: DeviceRequests, metrics: EdgeMetrics) {
    this.#requests = requests;
    this.#metrics = metrics;
  }

  handle(...request: Parameters<DeviceRequests["handle"]>): ReturnType<DeviceRequests["handle"]> {
    return this.#requests.handle(...request)?.then((publications) => {
      for (const publication of publications) this.#note(publication);
      return publications;
    });
  }

  #note(publication: Publication): void {
    if (publication.kind === "notice" || publication.kind === "announcement") return;
    const isMembership = publication.kind === "membership";
    const action = publication.action.replace(/\/result$/, "");
    this.#metrics.count(
      "mapperkit_edge_requests_total",
      isMembership ? `membership/${action}` : action,
    );
    const body = publication.body as AnswerBody;
    if (action === "twin/update") this.#noteValues(body);
    this.#noteRefusals(body);
  }

  #noteValues({ twin = {}, errors = {} }: AnswerBody): void {
    for (const property in twin) {
      const result = twin[property] === null ? "deleted" : "applied";
      this.#metrics.count("mapperkit_edge_twin_values_total", result);
    }
    for (const _ in errors) this.#metrics.count("mapperkit_edge_twin_values_total", "refused");
  }

  #noteRefusals({ code, reason = "", errors }: AnswerBody): void {
    const refusals = errors ? Object.values(errors) : code ? [{ code, reason }] : [];
    for (const refusal of refusals) {
      const word = refusalReason(refusal.code, refusal.reason);
      this.#metrics.count("mapperkit_edge_refusals_total", String(refusal.code), word);
    }
  }
}
