import { twinTextOf } from "../../bench/twin-text.ts";
import type { Law, Values } from "../law.ts";
import { CYCLE_MS, openLawWorld } from "../law-world.ts";
import type { Subject } from "../subject.ts";
import {
  type DrawnWrite,
  drawValues,
  drawWrite,
  simplerValuesOf,
  simplerWrites,
} from "./drawn-values.ts";

/** What a write sets beside its property, it sets at once. */
const AFTER_MS = CYCLE_MS / 4;
const ONE = [{ name: "device", bus: 0 }];

/** What was written is held by the device, and shown by it afterwards. */
export const writeThenRead: Law<DrawnWrite> = {
  name: "write-then-read",
  share: 470,
  skip: needsSettable,
  // What cannot be written would only be read, in every cycle of every case.
  open: (subject, seed) =>
    openLawWorld(subject, seed, [
      { name: "device", bus: 0, properties: subject.settable.map(({ name }) => name) },
    ]),
  draw: (subject, random) => drawWrite(subject, subject.settable, random),
  simpler: simplerWrites,
  async check(world, { property, value }) {
    const { first } = world;
    const text = twinTextOf(value);
    const outcome = await world.write(first, property, value);
    const became = `${outcome?.phase ?? "nothing"} ${outcome?.reason ?? ""} ${outcome?.message ?? ""}`;
    if (outcome?.phase !== "Applied") return `${property} = ${text} became ${became.trim()}`;
    const held = world.truth(first, property);
    if (held !== text) return `${property} = ${text} was Applied, but the device holds ${held}`;
    if (!first.properties.includes(property)) return undefined;
    const isShown = () => world.reported(first, property) === text;
    if (await world.within(3 * CYCLE_MS, isShown)) return undefined;
    const shown = world.reported(first, property) ?? "nothing good";
    return `${property} = ${text} was Applied, but reported is ${shown}`;
  },
};

interface WriteAmong {
  readonly write: DrawnWrite;
  readonly around: Values;
}

/** A write of one property leaves every other as it is. */
export const writeTouchesOnly: Law<WriteAmong> = {
  name: "write-touches-only",
  share: 220,
  skip: (subject) =>
    needsSettable(subject) ?? (subject.properties.length < 2 ? "there is one property" : undefined),
  open: (subject, seed) => openLawWorld(subject, seed, ONE),
  draw: (subject, random) => ({
    write: drawWrite(subject, subject.settable, random),
    around: drawValues(subject, random),
  }),
  simpler: (subject, { write, around }) => [
    ...simplerValuesOf(subject, around).map((values) => ({ write, around: values })),
    ...simplerWrites(subject, write).map((simpler) => ({ write: simpler, around })),
  ],
  async check(world, { write, around }) {
    const { first, subject } = world;
    world.show(first, around);
    const others = subject.properties.filter(({ name }) => name !== write.property);
    const before = others.map(({ name }) => world.truth(first, name));
    const count = first.plant.writes.length;
    await world.write(first, write.property, write.value);
    await world.world.clock.advance(AFTER_MS);
    const stray = first.plant.writes
      .slice(count)
      .find(({ property }) => property !== write.property);
    if (stray) return `the write of ${write.property} also wrote ${stray.property}`;
    const changed = others.findIndex(
      ({ name }, index) => world.truth(first, name) !== before[index],
    );
    const name = others[changed]?.name;
    if (name === undefined) return undefined;
    return `the write of ${write.property} changed ${name} from ${before[changed]} to ${world.truth(first, name)}`;
  },
};

function needsSettable(subject: Subject): string | undefined {
  return subject.settable.length === 0 ? "no property can be written and read back" : undefined;
}
