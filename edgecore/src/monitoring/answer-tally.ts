import type { EdgeMetrics } from "./edge-metrics.ts";
import { refusalReason } from "./refusal-reason.ts";

/** The parts of an answer that are counted (mqtt-topics §2.3, additions.md). */
interface AnswerBody {
  readonly code?: number;
  readonly reason?: string;
  readonly twin?: Readonly<Record<string, unknown>>;
  readonly errors?: Readonly<Record<string, { readonly code: number; readonly reason: string }>>;
}

/** Counts answers by what was asked and what became of it. */
export class AnswerTally {
  readonly #metrics: EdgeMetrics;

  constructor(metrics: EdgeMetrics) {
    this.#metrics = metrics;
  }

  note(action: string, answer: object): void {
    const body: AnswerBody = answer;
    this.#metrics.count("mapperkit_edge_requests_total", action);
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
