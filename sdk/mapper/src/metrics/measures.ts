type Labels = readonly string[];

interface MeasureFacts {
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
}

/** @see Prometheus, "Exposition formats", text format 0.0.4 */
export const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** Numbers by the values of their labels, which are given in the order of the labels' names. */
abstract class Measure<Series> {
  readonly #facts: MeasureFacts;
  readonly #type: string;
  readonly #series = new Map<string, { readonly values: Labels; readonly series: Series }>();

  constructor(type: string, facts: MeasureFacts) {
    this.#type = type;
    this.#facts = facts;
  }

  clear(): void {
    this.#series.clear();
  }

  /** Empty while nothing was measured. */
  get text(): string {
    const { name, help, labels = [] } = this.#facts;
    const lines = [...this.#series.values()].flatMap(({ values, series }) =>
      this.lines(series).map(([suffix, extra, value]) => {
        const pairs = labels.map((label, i) => `${label}="${escaped(values[i] ?? "")}"`);
        const shown = [...pairs, ...extra].join(",");
        return `${name}${suffix}${shown && `{${shown}}`} ${value}\n`;
      }),
    );
    if (lines.length === 0) return "";
    return `# HELP ${name} ${help}\n# TYPE ${name} ${this.#type}\n${lines.join("")}`;
  }

  protected seriesOf(values: Labels): Series {
    const key = values.length === 1 ? (values[0] ?? "") : JSON.stringify(values);
    const known = this.#series.get(key);
    if (known) return known.series;
    const series = this.fresh();
    this.#series.set(key, { values, series });
    return series;
  }

  protected abstract fresh(): Series;
  protected abstract lines(
    series: Series,
  ): (readonly [suffix: string, extra: Labels, value: number])[];
}

abstract class OneNumber extends Measure<{ value: number }> {
  protected override fresh() {
    return { value: 0 };
  }

  protected override lines({ value }: { value: number }) {
    return [["", [], value] as const];
  }
}

/** What only grows. */
export class Counter extends OneNumber {
  constructor(facts: MeasureFacts) {
    super("counter", facts);
  }

  /** `by` 0 shows a series of which nothing has happened yet. */
  add(values: Labels, by = 1): void {
    this.seriesOf(values).value += by;
  }
}

/** What is so now. */
export class Gauge extends OneNumber {
  constructor(facts: MeasureFacts) {
    super("gauge", facts);
  }

  set(values: Labels, value: number): void {
    this.seriesOf(values).value = value;
  }
}

interface Distribution {
  /** One for each bound, each for itself, and one for what is above them all. */
  readonly counts: number[];
  sum: number;
}

/** How often what was measured was no more than each of its bounds, which ascend. */
export class Histogram extends Measure<Distribution> {
  readonly #bounds: readonly number[];

  constructor(facts: MeasureFacts & { readonly bounds: readonly number[] }) {
    super("histogram", facts);
    this.#bounds = facts.bounds;
  }

  observe(values: Labels, value: number): void {
    const series = this.seriesOf(values);
    const place = this.#bounds.findIndex((bound) => value <= bound);
    const index = place < 0 ? this.#bounds.length : place;
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += value;
  }

  protected override fresh(): Distribution {
    return { counts: [...this.#bounds, 0].map(() => 0), sum: 0 };
  }

  protected override lines({ counts, sum }: Distribution) {
    let count = 0;
    const buckets = counts.map((own, i) => {
      count += own;
      return ["_bucket", [`le="${this.#bounds[i] ?? "+Inf"}"`], count] as const;
    });
    return [...buckets, ["_sum", [], sum] as const, ["_count", [], count] as const];
  }
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
