import type { Component } from "@mapperkit/runtime";
import type {
  FarSide,
  FarSidePlace,
  FarSideSurroundings,
  Plant,
  WantedDevice,
} from "@mapperkit/sim-plant";
import { protocolOf } from "./protocols.ts";

/** The far sides of devices of any protocols. */
export class FarSides implements Component {
  readonly name = "simulated devices";
  readonly plants = new Map<string, Plant>();
  readonly places: (FarSidePlace & { readonly protocol: string })[] = [];
  /** What is other than a Device says, because its port was taken. */
  readonly moved = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #wanted: readonly WantedDevice[];
  readonly #surroundings: FarSideSurroundings;
  readonly #running: FarSide[] = [];

  constructor(wanted: readonly WantedDevice[], surroundings: FarSideSurroundings) {
    this.#wanted = wanted;
    this.#surroundings = surroundings;
  }

  /** @throws MapperkitError `invalid_input` naming file and line of what cannot be simulated */
  async start(signal: AbortSignal): Promise<void> {
    const groups = Map.groupBy(
      this.#wanted,
      ({ device }) => device.spec?.protocol?.protocolName ?? "",
    );
    // What cannot be is said before anything listens.
    const protocols = [...groups].map(([name, [first, ...rest]]) => {
      const own = first ? [first, ...rest] : [];
      const { farSide } = protocolOf(name === "" ? undefined : name, first?.where() ?? "");
      return { name, own, farSide };
    });
    for (const { name, own, farSide } of protocols) {
      signal.throwIfAborted();
      const served = await (await farSide()).serve(own, this.#surroundings);
      this.#running.push(served);
      for (const [id, plant] of served.plants) this.plants.set(id, plant);
      for (const [id, place] of served.moved) this.moved.set(id, place);
      this.places.push(...served.places.map((place) => ({ ...place, protocol: name })));
    }
  }

  async stop(): Promise<void> {
    for (const farSide of this.#running.splice(0)) await farSide[Symbol.asyncDispose]();
  }
}
