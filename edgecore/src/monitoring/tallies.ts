import type { EdgeMetrics } from "./edge-metrics.ts";
import {
  METRICS,
  type MetricKind,
  type MetricName,
  type MetricNameOf,
} from "./metric-catalogue.ts";

/** One line of a metric: label values in the catalogue's order. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

export interface Distribution {
  /** Observations at or below each bound, each with those of the bounds under it. */
  readonly cumulative: readonly { readonly bound: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: number[];
  count: number;
  sum: number;
}

/** The metrics as plain numbers, which cost next to nothing until somebody reads them. */
export class Tallies implements EdgeMetrics {
  readonly #counts = new Map<MetricName, Map<string, number>>();
  readonly #buckets = new Map<MetricName, Buckets>();
  readonly #readers = new Map<MetricName, () => number>();

  count(name: MetricNameOf<"counter">, ...labels: readonly string[]): void {
    const series = this.#counts.get(name) ?? new Map<string, number>();
    if (series.size === 0) this.#counts.set(name, series);
    const key = labels.length === 1 ? (labels[0] ?? "") : labels.join("\0");
    series.set(key, (series.get(key) ?? 0) + 1);
  }

  observe(name: MetricNameOf<"histogram">, value: number): void {
    const buckets = this.#bucketsOf(name);
    buckets.count += 1;
    buckets.sum += value;
    const place = buckets.bounds.findIndex((bound) => value <= bound);
    if (place >= 0) buckets.counts[place] = (buckets.counts[place] ?? 0) + 1;
  }

  watch(name: MetricName, read: () => number): void {
    this.#readers.set(name, read);
  }

  /** What is known of a counter or gauge now; without labels a counter is 0 from the beginning. */
  samplesOf(name: MetricName): readonly Sample[] {
    const reader = this.#readers.get(name);
    if (reader) return [{ labels: [], value: reader() }];
    const { type, labels = [] }: MetricKind = METRICS[name];
    const series = this.#counts.get(name);
    if (series) {
      return [...series].map(([key, value]) => ({
        labels: labels.length > 0 ? key.split("\0") : [],
        value,
      }));
    }
    return type === "counter" && labels.length === 0 ? [{ labels: [], value: 0 }] : [];
  }

  distributionOf(name: MetricNameOf<"histogram">): Distribution {
    const { bounds, counts, count, sum } = this.#bucketsOf(name);
    let below = 0;
    const cumulative = bounds.map((bound, place) => {
      below += counts[place] ?? 0;
      return { bound, count: below };
    });
    return { cumulative, count, sum };
  }

  #bucketsOf(name: MetricNameOf<"histogram">): Buckets {
    const known = this.#buckets.get(name);
    if (known) return known;
    const bounds = METRICS[name].buckets;
    const fresh = { bounds, counts: bounds.map(() => 0), count: 0, sum: 0 };
    this.#buckets.set(name, fresh);
    return fresh;
  }
}
