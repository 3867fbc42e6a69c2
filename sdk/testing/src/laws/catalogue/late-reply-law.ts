import { twinTextOf } from "../../bench/twin-text.ts";
import type { Law, Values } from "../law.ts";
import { CYCLE_MS, type LawWorld, openLawWorld } from "../law-world.ts";
import { drawValues, simplerValuesOf } from "./drawn-values.ts";

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
    const held = new Held(world);
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

/** Compares every report with all that a property has truly shown so far. */
class Held {
  readonly #world: LawWorld;
  readonly #texts = new Map<string, Set<string>>();
  readonly stop: () => void;
  wrong: string | undefined;

  constructor(world: LawWorld) {
    this.#world = world;
    this.note();
    this.stop = world.world.link.listen(() => this.#look());
  }

  note(): void {
    const { first } = this.#world;
    for (const name of first.properties) {
      const texts = this.#texts.get(name) ?? new Set();
      this.#texts.set(name, texts.add(twinTextOf(first.plant.get(name))));
    }
  }

  #look(): void {
    const { first } = this.#world;
    for (const name of first.properties) {
      const reported = this.#world.reported(first, name);
      if (reported === undefined || this.#texts.get(name)?.has(reported)) continue;
      this.wrong ??= `${name} was reported as ${reported}, which it never was`;
    }
  }
}
