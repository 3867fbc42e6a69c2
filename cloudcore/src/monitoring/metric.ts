/** One metric, read when somebody wants to see it. Times in seconds, sizes in bytes, as Prometheus wants them. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** A number, or one per value of the label. */
  readonly read: () => number | ReadonlyMap<string, number>;
  readonly label?: string;
}

/** @see Prometheus, "Exposition formats", text format 0.0.4 */
export const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

export function prometheusText(metrics: readonly Metric[]): string {
  return metrics.map(textOf).join("");
}

function textOf({ name, type, help, read, label = "kind" }: Metric): string {
  const value = read();
  const lines =
    typeof value === "number"
      ? [`${name} ${value}`]
      : [...value].map(([key, each]) => `${name}{${label}="${escaped(key)}"} ${each}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
