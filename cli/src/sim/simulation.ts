import { type Component, ComponentGroup } from "@mapperkit/runtime";
import {
  ControlServer,
  type FarSideSurroundings,
  FaultDesk,
  type WantedDevice,
  type WantedFault,
} from "@mapperkit/sim-plant";
import { FarSides } from "./far-sides.ts";

export interface SimulationOptions {
  readonly wanted: readonly WantedDevice[];
  readonly surroundings: FarSideSurroundings;
  readonly controlPort: number;
  readonly scenario: readonly WantedFault[];
}

/** Simulated devices with the desk at which they are tormented. */
export class Simulation implements Component {
  readonly name = "simulation";
  readonly farSides: FarSides;
  readonly #control: ControlServer;
  readonly #desk: FaultDesk;
  readonly #scenario: readonly WantedFault[];
  readonly #parts: ComponentGroup;

  constructor({ wanted, surroundings, controlPort, scenario }: SimulationOptions) {
    this.farSides = new FarSides(wanted, surroundings);
    this.#desk = new FaultDesk(this.farSides.plants);
    const { whenPortTaken } = surroundings;
    this.#control = new ControlServer(this.#desk, { port: controlPort, whenPortTaken });
    this.#scenario = scenario;
    this.#parts = new ComponentGroup(this.name, [this.farSides, this.#control]);
  }

  get controlUrl(): string {
    return this.#control.url;
  }

  /** @throws MapperkitError naming file and line, or the device of a scenario that is not there */
  async start(signal: AbortSignal): Promise<void> {
    await this.#parts.start(signal);
    for (const fault of this.#scenario) this.#desk.inject(fault);
  }

  async stop(): Promise<void> {
    await this.#parts.stop();
  }
}
