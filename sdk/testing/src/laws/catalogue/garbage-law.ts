import type { Noise } from "../../bench/noisy-transports.ts";
import type { Law, Values } from "../law.ts";
import { CYCLE_MS, type LawWorld, openLawWorld } from "../law-world.ts";
import { drawValues, simplerValuesOf } from "./drawn-values.ts";
import { HeldValues } from "./held-values.ts";

interface GarbageCase {
  readonly values: Values;
  readonly where: Noise["where"];
  readonly bytes: readonly number[];
}

const NOISE_MS = 3 * CYCLE_MS;
const MOST_BYTES = 6;

/**
 * Garbage on the line, before or after an answer, is never taken for a value, and when it is over
 * everything is as before. Texts and bytes are not looked at while it lasts: a protocol without a
 * checksum cannot tell theirs from garbage.
 */
export const garbageIsNoValue: Law<GarbageCase> = {
  name: "garbage-is-no-value",
  share: 12,
  casesPerWorld: 5,
  skip: () => undefined,
  open: (subject, seed) => openLawWorld(subject, seed, [{ name: "device", bus: 0 }]),
  draw: (subject, random) => ({
    values: drawValues(subject, random),
    where: random.next() < 0.5 ? "before" : "after",
    bytes: Array.from({ length: random.int(1, MOST_BYTES) }, () =>
      random.next() < 0.5 ? random.int(0x30, 0x39) : random.int(0xf8, 0xff),
    ),
  }),
  simpler: (subject, { values, where, bytes }) => [
    ...simplerValuesOf(subject, values).map((simpler) => ({ values: simpler, where, bytes })),
    ...(bytes.length > 1
      ? bytes.map((_, index) => ({ values, where, bytes: bytes.toSpliced(index, 1) }))
      : []),
  ],
  async check(world, { values, where, bytes }) {
    const { first } = world;
    const held = new HeldValues(world, checkedNames(world));
    try {
      world.show(first, values);
      held.note();
      world.world.setNoise({ where, bytes: fenced(bytes) });
      await world.world.clock.advance(NOISE_MS);
      world.world.setNoise(undefined);
      const wrong = held.wrong ?? (await world.misreported(60_000)) ?? held.wrong;
      return wrong && `with garbage ${where} each answer, ${wrong}`;
    } finally {
      world.world.setNoise(undefined);
      held.stop();
    }
  },
};

/** Before this answer or the next lies a byte that is in no text: digits of noise are not the device's. */
function fenced(bytes: readonly number[]): Uint8Array {
  return Uint8Array.from([...bytes, 0xff]);
}

function checkedNames({ subject, first }: LawWorld): string[] {
  const isChecked = (name: string) => {
    const { kind } = subject.property(name);
    return kind !== "text" && kind !== "bytes";
  };
  return first.properties.filter(isChecked);
}
