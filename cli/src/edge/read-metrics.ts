export interface MetricSeries {
  readonly name: string;
  /** The values of the labels, in the order written. */
  readonly labels: readonly string[];
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /[a-zA-Z_]\w*="((?:[^"\\]|\\.)*)"/g;

/** The series of a page of Prometheus' text format; what is none is passed over. */
export function readMetrics(text: string): MetricSeries[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const values = [...labels.matchAll(LABEL)].map(([, label = ""]) => label);
    return [{ name, labels: values, value: Number(value) }];
  });
}
