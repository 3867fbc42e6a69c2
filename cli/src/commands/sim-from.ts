import { MapperkitError } from "@mapperkit/api";
import type { Argv } from "yargs";
import type { Streams } from "../output/streams.ts";
import { type LogLevel, surroundings } from "../program/run-program.ts";

export interface SimFromFlags {
  from?: string[] | undefined;
  seed?: string | undefined;
  speed?: number | undefined;
  devices?: number | undefined;
  scenario?: string | undefined;
  write?: string | undefined;
  "control-port"?: number | undefined;
  "log-level"?: LogLevel | undefined;
}

export function withSimFromOptions<T>(yargs: Argv<T>) {
  return yargs
    .option("from", {
      array: true,
      type: "string",
      describe: "Files or folders of Devices and DeviceModels: the far side of each is simulated",
    })
    .option("seed", { type: "string", describe: "Equal seeds give equal devices [0]" })
    .option("speed", {
      type: "number",
      describe: "Seconds that pass in the devices in one second; wires keep their speed [1]",
    })
    .option("devices", {
      type: "number",
      describe: "Copies the Devices until there are so many, each in a place of its own",
    })
    .option("scenario", {
      type: "string",
      describe:
        "YAML list of faults with times: - { device: oven, kind: silent, at: 30s, for: 5s }",
    })
    .option("write", { type: "string", describe: "Writes all Devices and models to this file" })
    .option("control-port", {
      type: "number",
      describe: "Loopback port for `sim inject`; 0 takes any [9700]",
    });
}

/** @throws MapperkitError `invalid_input` when nothing says what to simulate */
export async function simulateFrom(flags: SimFromFlags, streams: Streams): Promise<void> {
  const { from = [], speed = 1, devices = 0 } = flags;
  if (from.length === 0) {
    throw new MapperkitError(
      "invalid_input",
      "Name a device: counter, sensor, modbus, opcua or serial; or say --from FILES. See mapperkit sim --help",
    );
  }
  if (!(speed > 0 && speed <= 100_000)) {
    throw new MapperkitError(
      "invalid_input",
      `--speed is ${speed}, must be above 0 and at most 100000`,
    );
  }
  if (!Number.isInteger(devices) || devices < 0 || devices > 100_000) {
    throw new MapperkitError("invalid_input", `--devices is ${devices}, must be 0 to 100000`);
  }
  const { runSimulation } = await import("../sim/run-simulation.ts");
  const { CONTROL_PORT } = await import("../sim/control-client.ts");
  const settings = {
    ...{ from, speed, devices },
    seed: flags.seed ?? "0",
    scenario: flags.scenario,
    write: flags.write,
    controlPort: flags["control-port"] ?? CONTROL_PORT,
  };
  await runSimulation(settings, surroundings(flags["log-level"] ?? "info"), streams);
}
