import { loadConfig } from "@mapperkit/runtime";
import type { Argv, CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";
import { faultsCommand, injectCommand, undoCommand } from "./sim-faults.ts";
import { type SimFromFlags, simulateFrom, withSimFromOptions } from "./sim-from.ts";
import { modbusCommand } from "./sim-modbus.ts";
import { opcuaCommand } from "./sim-opcua.ts";
import { serialCommand } from "./sim-serial.ts";

interface SimFlags {
  config?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  "log-level"?: LogLevel | undefined;
}
interface CounterFlags extends SimFlags {
  "state-file"?: string | undefined;
}

function withListenOptions<T>(yargs: Argv<T>, port: number) {
  return yargs
    .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
    .option("host", { type: "string", describe: "Address to listen on [127.0.0.1]" })
    .option("port", { type: "number", describe: `Port to listen on [${port}]` });
}

export function simCommand(streams: Streams): CommandModule<unknown, SimFromFlags> {
  return {
    command: "sim",
    describe: "Simulate devices: one that comes with mapperkit, or those of your Devices",
    builder: (yargs) =>
      withSimFromOptions(yargs)
        .command(counterCommand(streams))
        .command(sensorCommand(streams))
        .command(modbusCommand(streams))
        .command(opcuaCommand(streams))
        .command(serialCommand(streams))
        .command(injectCommand(streams))
        .command(faultsCommand(streams))
        .command(undoCommand(streams))
        .example("$0 sim counter --port 9500", "then: printf 'ON\\nVALUE?\\n' | nc 127.0.0.1 9500")
        .example("$0 sim --from examples/oven", "The far side of every Device there"),
    handler: (flags) => simulateFrom(flags, streams),
  };
}

function counterCommand({ out }: Streams): CommandModule<unknown, CounterFlags> {
  return {
    command: "counter",
    describe: "A counter on a TCP line protocol: ON, OFF, VALUE?, STATE?, PERIOD, RESET",
    builder: (yargs) =>
      withListenOptions(yargs, 9500).option("state-file", {
        type: "string",
        describe: "Keeps the count over restarts, as a counter with a battery does",
      }),
    handler: async (flags) => {
      const { counterConfig, createCounter } = await import("@mapperkit/sim-counter");
      const config = loadConfig(counterConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_COUNTER",
        flags: { host: flags.host, port: flags.port, stateFile: flags["state-file"] },
      });
      const counter = createCounter(config, surroundings(flags["log-level"] ?? "info"));
      await runProgram(counter, () => out(`counter: tcp://${config.host}:${counter.port}`));
    },
  };
}

function sensorCommand({ out }: Streams): CommandModule<unknown, SimFlags> {
  return {
    command: "sensor",
    describe: "A temperature and humidity sensor on a TCP line protocol",
    builder: (yargs) => withListenOptions(yargs, 9600),
    handler: async (flags) => {
      const { createSensor, sensorConfig } = await import("@mapperkit/sim-sensor");
      const config = loadConfig(sensorConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_SENSOR",
        flags: { host: flags.host, port: flags.port },
      });
      const sensor = createSensor(config, surroundings(flags["log-level"] ?? "info"));
      await runProgram(sensor, () => out(`sensor: tcp://${config.host}:${sensor.port}`));
    },
  };
}
