import type { Device } from "@mapperkit/api";
import type { Component } from "@mapperkit/runtime";
import type { Mapper } from "@mapperkit/sdk";
import type { Surroundings } from "../program/run-program.ts";
import { CONTROL_PORT } from "../sim/control-client.ts";
import { movedTo } from "../sim/multiply-devices.ts";
import { protocolOf } from "../sim/protocols.ts";
import { readSimDevices, type SimManifests } from "../sim/read-sim-devices.ts";
import { Simulation } from "../sim/simulation.ts";
import type { Manifest } from "./apply-manifests.ts";
import { movedFrom, type RunningPart } from "./running-part.ts";

/** The folders of `--with`: their Devices' far sides, and the mappers that these need. */
export class ExampleDevices implements Component {
  readonly name = "examples";
  readonly #manifests: SimManifests;
  readonly #simulation: Simulation;

  /** @throws MapperkitError `invalid_input` naming file and line of what cannot be */
  constructor(folders: readonly string[], { clock, log }: Surroundings) {
    this.#manifests = readSimDevices(folders);
    this.#simulation = new Simulation({
      wanted: this.#manifests.wanted,
      surroundings: { clock, log, seed: "up", speed: 1, whenPortTaken: "next" },
      controlPort: CONTROL_PORT,
      scenario: this.#manifests.faults,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#simulation.start(signal);
  }

  async stop(): Promise<void> {
    await this.#simulation.stop();
  }

  /** One of each protocol. */
  async mappers(): Promise<Mapper[]> {
    const protocols = Map.groupBy(
      this.#manifests.wanted,
      ({ device }) => device.spec?.protocol?.protocolName,
    );
    return await Promise.all(
      [...protocols].map(([name, [first]]) => protocolOf(name, first?.where() ?? "").mapper()),
    );
  }

  /** Models and Devices as they are to be applied: on this node, and where they really listen. */
  toApply(node: string): Manifest[] {
    const { moved } = this.#simulation.farSides;
    const { wanted, models, devices } = this.#manifests;
    const placed = wanted.map(({ id, device: merged }, index): Device => {
      const place = moved.get(id);
      const device = place ? movedTo(merged, place) : (devices[index] ?? merged);
      return { ...device, spec: { ...device.spec, nodeName: node } };
    });
    return [...models, ...placed];
  }

  parts(): RunningPart[] {
    const { farSides, controlUrl } = this.#simulation;
    const served = farSides.places.map(({ protocol, address, devices }) => ({
      name: `simulated ${protocol}`,
      address,
      note: devices.map((id) => id.replace(/^default\//, "")).join(", "),
    }));
    const control = {
      name: "simulator control",
      address: controlUrl,
      note: "mapperkit sim inject DEVICE KIND",
      ...movedFrom(CONTROL_PORT, Number(new URL(controlUrl).port)),
    };
    return [...served, control];
  }
}
