import { twinTextOf } from "../../bench/twin-text.ts";
import type { LawWorld } from "../law-world.ts";

/** Compares every report with all that a property has truly shown so far. */
export class HeldValues {
  readonly #world: LawWorld;
  readonly #texts = new Map<string, Set<string>>();
  readonly #names: readonly string[];
  readonly stop: () => void;
  wrong: string | undefined;

  /** @param names of the properties that are looked at; default all */
  constructor(world: LawWorld, names: readonly string[] = world.first.properties) {
    this.#world = world;
    this.#names = names;
    this.note();
    this.stop = world.world.link.listen(() => this.#look());
  }

  note(): void {
    const { first } = this.#world;
    for (const name of this.#names) {
      const texts = this.#texts.get(name) ?? new Set();
      this.#texts.set(name, texts.add(twinTextOf(first.plant.get(name))));
    }
  }

  #look(): void {
    const { first } = this.#world;
    for (const name of this.#names) {
      const reported = this.#world.reported(first, name);
      if (reported === undefined || this.#texts.get(name)?.has(reported)) continue;
      this.wrong ??= `${name} was reported as ${reported}, which it never was`;
    }
  }
}
