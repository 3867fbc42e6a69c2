import { writeFileSync } from "node:fs";
import type { DeviceModel } from "@mapperkit/api";
import type { WantedDevice } from "@mapperkit/sim-plant";
import { stringify } from "yaml";
import { printTable } from "../output/print-table.ts";
import type { Streams } from "../output/streams.ts";
import { runProgram, type Surroundings } from "../program/run-program.ts";
import { multiplyDevices } from "./multiply-devices.ts";
import { readScenario } from "./read-scenario.ts";
import { readSimDevices } from "./read-sim-devices.ts";
import { Simulation } from "./simulation.ts";

export interface SimulationSettings {
  readonly from: readonly string[];
  readonly seed: string;
  readonly speed: number;
  /** How many devices there are to be; fewer than in the files changes nothing. */
  readonly devices: number;
  readonly scenario: string | undefined;
  /** A file for the YAML of all devices, to be applied. */
  readonly write: string | undefined;
  readonly controlPort: number;
}

const MOST_PLACES_SHOWN = 20;

/** Runs the far side of every Device in some files until SIGINT. */
export async function runSimulation(
  settings: SimulationSettings,
  { clock, log }: Surroundings,
  { out }: Streams,
): Promise<void> {
  const { seed, speed, devices, scenario, write, controlPort } = settings;
  const manifests = readSimDevices(settings.from);
  const wanted = await multiplyDevices(manifests.wanted, devices);
  const ids = wanted.map(({ id }) => id);
  const planned = scenario === undefined ? [] : readScenario(scenario, ids);
  const simulation = new Simulation({
    wanted,
    surroundings: { clock, log, seed, speed, whenPortTaken: "fail" },
    controlPort,
    scenario: [...manifests.faults, ...planned],
  });
  await runProgram(simulation, () => {
    if (write !== undefined) writeManifests(write, manifests.models, wanted);
    out(placesText(simulation));
    out(
      `${wanted.length} devices; faults: mapperkit sim inject DEVICE KIND (${simulation.controlUrl})`,
    );
  });
}

function placesText({ farSides }: Simulation): string {
  const rows = farSides.places
    .slice(0, MOST_PLACES_SHOWN)
    .map(({ protocol, address, devices }) => [protocol, address, devices.join(", ")]);
  const more = farSides.places.length - rows.length;
  const table = printTable(["PROTOCOL", "ADDRESS", "DEVICES"], rows);
  return more > 0 ? `${table}\nand ${more} more` : table;
}

function writeManifests(
  file: string,
  models: readonly DeviceModel[],
  wanted: readonly WantedDevice[],
): void {
  const objects = [...models, ...wanted.map(({ device }) => device)];
  writeFileSync(file, objects.map((object) => stringify(object)).join("---\n"));
}
