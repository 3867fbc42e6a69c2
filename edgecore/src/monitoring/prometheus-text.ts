import {
  METRICS,
  type MetricKind,
  type MetricName,
  type MetricNameOf,
} from "./metric-catalogue.ts";
import type { Tallies } from "./tallies.ts";

/** @see Prometheus, "Exposition formats", text format 0.0.4 */
export const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** All metrics of the catalogue that have a value, as Prometheus reads them. */
export function prometheusText(tallies: Tallies): string {
  return (Object.keys(METRICS) as MetricName[])
    .map((name) => metricText(name, METRICS[name], tallies))
    .join("");
}

function metricText(name: MetricName, kind: MetricKind, tallies: Tallies): string {
  const lines =
    kind.type === "histogram"
      ? histogramLines(name as MetricNameOf<"histogram">, tallies)
      : tallies.samplesOf(name).map(({ labels, value }) => {
          return `${name}${labelText(kind.labels ?? [], labels)} ${numberText(value)}`;
        });
  if (lines.length === 0) return "";
  return [
    `# HELP ${name} ${escapeHelp(kind.help)}`,
    `# TYPE ${name} ${kind.type}`,
    ...lines,
    "",
  ].join("\n");
}

function histogramLines(name: MetricNameOf<"histogram">, tallies: Tallies): string[] {
  const { cumulative, count, sum } = tallies.distributionOf(name);
  return [
    ...cumulative.map((bucket) => `${name}_bucket{le="${bucket.bound}"} ${bucket.count}`),
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${numberText(sum)}`,
    `${name}_count ${count}`,
  ];
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return "";
  const pairs = names.map((name, place) => `${name}="${escapeLabel(values[place] ?? "")}"`);
  return `{${pairs.join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
