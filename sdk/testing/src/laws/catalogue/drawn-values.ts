import type { Random } from "@mapperkit/runtime";
import type { SimProperty } from "@mapperkit/sim-plant";
import type { Values } from "../law.ts";
import type { Subject } from "../subject.ts";

/** One write that a law makes. */
export interface DrawnWrite {
  readonly property: string;
  readonly value: unknown;
}

export function drawWrite(
  subject: Subject,
  properties: readonly SimProperty[],
  random: Random,
): DrawnWrite {
  const property = properties[random.int(0, properties.length - 1)] ?? subject.property("");
  return { property: property.name, value: subject.draw(property, random) };
}

export function simplerWrites(subject: Subject, { property, value }: DrawnWrite): DrawnWrite[] {
  return subject
    .simpler(subject.property(property), value)
    .map((simpler) => ({ property, value: simpler }));
}

/** A value for each of some properties, or for all. */
export function drawValues(subject: Subject, random: Random): Values {
  const part = random.next() < 0.3 ? random.next() : 1;
  const drawn = subject.readable
    .filter(() => random.next() < part)
    .map((property) => [property.name, subject.drawShown(property, random)]);
  return Object.fromEntries(drawn);
}

/** Half of them, all but one, or one of them simpler. */
export function simplerValuesOf(subject: Subject, values: Values): Values[] {
  const entries = Object.entries(values);
  const half = Math.ceil(entries.length / 2);
  const halves = entries.length > 2 ? [entries.slice(0, half), entries.slice(half)] : [];
  const fewer = entries.map((_, index) => entries.toSpliced(index, 1));
  const simpler = entries.flatMap(([name, value], index) =>
    subject.simpler(subject.property(name), value).map((one) => entries.with(index, [name, one])),
  );
  return [...halves, ...fewer, ...simpler].map((some) => Object.fromEntries(some));
}
