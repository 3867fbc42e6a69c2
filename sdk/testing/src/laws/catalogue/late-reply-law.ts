import type { Law, Values } from "../law.ts";
import { CYCLE_MS, openLawWorld } from "../law-world.ts";
import { drawValues, simplerValuesOf } from "./drawn-values.ts";
import { HeldValues } from "./held-values.ts";

interface LateCase {
  /** What the device shows one after the other. */
  readonly shown: readonly Values[];
  readonly latencyMs: number;
  readonly lateMs: number;
}

/** An answer that comes after its request was given up is never taken for the answer to another. */
export const lateReply: Law<LateCase> = {
  name: "late-reply",
  share: 12,
  casesPerWorld: 5,
  skip: (subject) => (subject.readable.length < 2 ? "there is one property to read" : undefined),
  open: (subject, seed) => openLawWorld(subject, seed, [{ name: "device", bus: 0 }]),
  draw: (subject, random) => ({
    shown: [drawValues(subject, random), drawValues(subject, random)],
    latencyMs: random.int(1, 12) * 500 + random.int(0, 9),
    lateMs: random.int(1, 20) * 500,
  }),
  simpler: (subject, { shown, latencyMs, lateMs }) =>
    shown.flatMap((values, index) =>
      simplerValuesOf(subject, values).map((simpler) => ({
        ...{ shown: shown.with(index, simpler), latencyMs, lateMs },
      })),
    ),
  async check(world, { shown, latencyMs, lateMs }) {
    const { first } = world;
    const held = new HeldValues(world);
    try {
      for (const values of shown) {
        world.show(first, values);
        held.note();
        const undo = first.plant.inject({ kind: "latency", ms: latencyMs });
        await world.world.clock.advance(lateMs);
        undo();
        await world.world.clock.advance(2 * CYCLE_MS);
        if (held.wrong) return `with answers ${latencyMs} ms late, ${held.wrong}`;
      }
      const wrong = (await world.misreported(60_000)) ?? held.wrong;
      return wrong && `after answers ${latencyMs} ms late, ${wrong}`;
    } finally {
      held.stop();
    }
  },
};
