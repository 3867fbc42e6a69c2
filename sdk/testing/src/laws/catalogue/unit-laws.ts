import type { Law, Values } from "../law.ts";
import { CYCLE_MS, type LawWorld, openLawWorld, type Placed } from "../law-world.ts";
import type { Subject } from "../subject.ts";
import { drawValues, simplerValuesOf } from "./drawn-values.ts";

/** Two buses with units 1 and 2 each; without units, four addresses with one device each. */
function placesOf({ options }: Subject): Placed[] {
  const isBus = options.unitKey !== undefined;
  return [
    { name: "a1", bus: 0, unit: 1 },
    { name: "a2", bus: isBus ? 0 : 1, unit: 2 },
    { name: "b1", bus: 2, unit: 1 },
    { name: "b2", bus: isBus ? 2 : 3, unit: 2 },
  ].map(({ unit, ...place }) => (isBus ? { ...place, unit } : place));
}

/** Devices on one bus, or with one number on two buses, are never taken for each other. */
export const unitsApart: Law<readonly Values[]> = {
  name: "units-apart",
  share: 35,
  skip: () => undefined,
  open: (subject, seed) => openLawWorld(subject, seed, placesOf(subject)),
  draw: (subject, random) => placesOf(subject).map(() => drawValues(subject, random)),
  simpler: (subject, drawn) =>
    drawn.flatMap((values, index) =>
      simplerValuesOf(subject, values).map((simpler) => drawn.with(index, simpler)),
    ),
  async check(world, drawn) {
    world.devices.forEach((device, index) => {
      world.show(device, drawn[index] ?? {});
    });
    const wrong = await world.misreported(4 * CYCLE_MS);
    return wrong ?? (await strayWrite(world, drawn));
  },
};

/** Writes to the first device what was drawn for it, and looks whether others hear of it. */
async function strayWrite(world: LawWorld, drawn: readonly Values[]): Promise<string | undefined> {
  const [target, ...others] = world.devices;
  const [property] = world.subject.settable;
  const value = property && drawn[1]?.[property.name];
  if (!target || !property || value === undefined) return undefined;
  const counts = others.map(({ plant }) => plant.writes.length);
  await world.write(target, property.name, value);
  const stray = others.find(({ plant }, index) => plant.writes.length !== counts[index]);
  return stray && `a write to ${target.name} arrived at ${stray.name}`;
}

interface DeadCase {
  readonly dead: number;
  readonly kind: "silent" | "drop" | "busy";
}

const WINDOW_MS = 20_000;
/** Until all devices are read in their cycles. */
const START_MS = 5000;
/** Until it is known that a device is dead, and its probes are seldom. */
const GRACE_MS = 30_000;
/** What a healthy device keeps of its rate beside a dead one. */
const KEPT = 0.95;

/** A dead unit does not slow the live ones: not on its bus, and not its namesake on another. */
export const deadUnit: Law<DeadCase> = {
  name: "dead-unit",
  share: 2,
  mostCases: 3,
  casesPerWorld: 1,
  skip: () => undefined,
  open: (subject, seed) => openLawWorld(subject, seed, placesOf(subject)),
  draw: (_, random) => ({
    dead: random.int(0, 3),
    kind: (["silent", "silent", "drop", "busy"] as const)[random.int(0, 3)] ?? "silent",
  }),
  simpler: (_, { dead, kind }) => [
    ...(kind === "silent" ? [] : [{ dead, kind: "silent" as const }]),
    ...(dead > 0 ? [{ dead: dead - 1, kind }] : []),
  ],
  async check(world, { dead, kind }) {
    const { clock } = world.world;
    const live = world.devices.filter((_, index) => index !== dead);
    await clock.advance(START_MS);
    const before = await readsOf(world);
    world.devices[dead]?.plant.inject({ kind });
    await clock.advance(GRACE_MS);
    const beside = await readsOf(world);
    const slowed = live.find(
      ({ name }) => (beside.get(name) ?? 0) < KEPT * (before.get(name) ?? 0),
    );
    if (!slowed) return undefined;
    const rates = `${before.get(slowed.name)} reads became ${beside.get(slowed.name)}`;
    return `${world.devices[dead]?.name} is ${kind}, and of ${slowed.name} ${rates} in ${WINDOW_MS / 1000} s`;
  },
};

/** How often each device was read in the time of a window. */
async function readsOf({ devices, world }: LawWorld): Promise<Map<string, number>> {
  const countOf = ({ plant, properties }: (typeof devices)[number]) =>
    properties.reduce((sum, name) => sum + plant.readCount(name), 0);
  const before = devices.map(countOf);
  await world.clock.advance(WINDOW_MS);
  return new Map(
    devices.map((device, index) => [device.name, countOf(device) - (before[index] ?? 0)]),
  );
}
