import type { MetricName, MetricNameOf } from "./metric-catalogue.ts";

/**
 * What the edge's modules tell of their work. Names, labels and units are the catalogue's; a call
 * costs a fraction of a microsecond, so there may be one for every message.
 */
export interface EdgeMetrics {
  /** One more, of the kind that the label values name, in the catalogue's order. */
  count(name: MetricNameOf<"counter">, ...labels: readonly string[]): void;
  observe(name: MetricNameOf<"histogram">, value: number): void;
  /** A number that is asked for when somebody wants to see it. */
  watch(name: MetricName, read: () => number): void;
}

/** Metrics that nobody reads. */
export const noMetrics: EdgeMetrics = {
  count() {},
  observe() {},
  watch() {},
};
