import { createRandom } from "@mapperkit/runtime";
import type { Law, Values } from "../law.ts";
import { CYCLE_MS, type LawWorld, openLawWorld } from "../law-world.ts";
import type { Subject } from "../subject.ts";
import { drawValues, simplerValuesOf } from "./drawn-values.ts";

const TOGETHER = { name: "together", bus: 0 };
/** So many properties, others in each world, are also read each by itself, by a device of its own. */
const ALONE = 3;

/** Properties that are read together show the same as each by itself, and both the truth. */
export const readTogether: Law<Values> = {
  name: "read-together",
  share: 160,
  skip: () => undefined,
  open(subject, seed) {
    const random = createRandom(seed);
    const names = subject.readable.map(({ name }) => name);
    const alone = Array.from({ length: Math.min(ALONE, names.length) }, () => {
      const [name = ""] = names.splice(random.int(0, names.length - 1), 1);
      return name;
    });
    const places = alone.map((name, index) => ({
      ...{ name: `alone-${index + 1}`, bus: index + 1, properties: [name] },
    }));
    return openLawWorld(subject, seed, [TOGETHER, ...places]);
  },
  draw: drawValues,
  simpler: simplerValuesOf,
  async check(world, values) {
    for (const device of world.devices) world.show(device, values);
    return await world.misreported(4 * CYCLE_MS);
  },
};

interface SplitCase {
  readonly values: Values;
  readonly bytes: number;
}

/** An answer that arrives in pieces, wherever it is cut, says the same. */
export const splitAnywhere: Law<SplitCase> = {
  name: "split-anywhere",
  share: 100,
  skip: () => undefined,
  open: (subject, seed) => openLawWorld(subject, seed, [TOGETHER]),
  draw: (subject, random) => ({ values: drawValues(subject, random), bytes: random.int(1, 9) }),
  simpler: (subject, { values, bytes }) => [
    ...simplerValuesOf(subject, values).map((simpler) => ({ values: simpler, bytes })),
    ...(bytes > 1 ? [{ values, bytes: bytes - 1 }] : []),
  ],
  async check(world, { values, bytes }) {
    const { first } = world;
    const undo = first.plant.inject({ kind: "split", bytes });
    try {
      world.show(first, values);
      const wrong = await world.misreported(20 * CYCLE_MS);
      return wrong && `with answers in pieces of ${bytes} bytes, ${wrong}`;
    } finally {
      undo();
    }
  },
};

/** What may happen while nothing at all is desired. */
const STIRS = [
  "wait",
  "silent",
  "drop",
  "restart",
  "busy",
  "edge away",
  "mapper restarts",
] as const;
type Stir = (typeof STIRS)[number];

/** A mapper of whom nothing is desired never writes, whatever happens. */
export const readNeverWrites: Law<readonly Stir[]> = {
  name: "read-never-writes",
  share: 1,
  casesPerWorld: 1,
  skip: (subject: Subject) =>
    subject.writable.length === 0 ? "no property can be written" : undefined,
  open: (subject, seed) => openLawWorld(subject, seed, [TOGETHER]),
  draw: (_, random) =>
    Array.from(
      { length: random.int(1, 5) },
      () => STIRS[random.int(0, STIRS.length - 1)] ?? "wait",
    ),
  simpler: (_, stirs) =>
    stirs.length < 2 ? [] : stirs.map((__, index) => stirs.toSpliced(index, 1)),
  async check(world, stirs) {
    for (const stir of ["wait" as const, ...stirs]) {
      await act(world, stir);
      const [written] = world.first.plant.writes;
      if (!written) continue;
      return `nothing was desired, but ${written.property} was written as ${String(written.value)} (${stir})`;
    }
    return undefined;
  },
};

async function act({ world, first }: LawWorld, stir: Stir): Promise<void> {
  const { clock, link } = world;
  const fault = stir === "silent" || stir === "drop" || stir === "restart" || stir === "busy";
  const undo = fault ? first.plant.inject({ kind: stir }) : undefined;
  if (stir === "edge away") link.setUp(false);
  if (stir === "mapper restarts") {
    await world.stopMapper();
    await world.startMapper();
  }
  await clock.advance(5 * CYCLE_MS);
  undo?.();
  link.setUp(true);
  await clock.advance(5 * CYCLE_MS);
}
