import type { Panel, Reading, Refusal } from "@mapperkit/sim-plant";

/** A panel of plain values; `limited` takes no more than 10. */
export class PanelOf implements Panel {
  readonly values: Record<string, unknown>;

  constructor(values: Record<string, unknown>) {
    this.values = values;
  }

  read(property: string): Reading {
    return { value: this.values[property], quality: "Good" };
  }

  write(property: string, value: unknown): Refusal | undefined {
    if (property === "limited" && Number(value) > 10) return "illegalValue";
    this.values[property] = value;
    return undefined;
  }
}
