import type { Argv, CommandModule } from "yargs";
import type { HttpFlags } from "../mapper/mapper-http.ts";
import type { PlanFlags } from "../mapper/plan-device.ts";
import type { RunFlags } from "../mapper/run-mapper.ts";
import type { Streams } from "../output/streams.ts";
import { conformCommand, discoverCommand, newCommand, testCommand } from "./mapper-author.ts";

/** `mapperkit mapper …`: what an author of mappers, and whoever runs one, needs. */
export function mapperCommand(streams: Streams): CommandModule {
  return {
    command: "mapper <action>",
    describe: "Make, test, run, explain and look into mappers",
    builder: (yargs) =>
      yargs
        .command(newCommand(streams))
        .command(testCommand(streams))
        .command(conformCommand(streams))
        .command(runCommand(streams))
        .command(discoverCommand(streams))
        .command(planCommand(streams))
        .command(typesCommand(streams))
        .command(getCommand(streams))
        .command(setCommand(streams))
        .command(watchCommand(streams))
        .demandCommand(
          1,
          "Name an action: new, test, conform, run, discover, plan, types, get, set or watch.",
        ),
    handler: () => {},
  };
}

const settingOption = {
  type: "string",
  array: true,
  describe: "One setting of the mapper, KEY=VALUE; may be repeated",
} as const;

function runCommand(streams: Streams): CommandModule<unknown, RunFlags> {
  return {
    command: "run <file>",
    describe: "Run the mapper that a file exports as default",
    builder: (yargs) =>
      brokerOptions(yargs)
        .positional("file", { type: "string", demandOption: true, describe: "A .ts or .js file" })
        .option("node", { type: "string", describe: "Only devices of this node" })
        .option("config", { type: "string", describe: "The mapper's configuration file" })
        .option("set", settingOption)
        .option("buffer", {
          type: "string",
          describe: "SQLite file that keeps reports while the edge is away [memory]",
        })
        .option("http-port", {
          type: "number",
          describe: "Serve values, desired values and /metrics here; 0 takes a free port [off]",
        })
        .option("http-host", { type: "string", default: "127.0.0.1" })
        .option("watch", {
          type: "boolean",
          describe: "Swap in each new build when the file, or one beside it, is saved",
        })
        .example("$0 mapper run my-mapper.ts", "Against the edge on this machine")
        .example("$0 mapper run my-mapper.ts --set port=9501", "With a setting of its own")
        .example("$0 mapper run my-mapper.ts --http-port 9700", "For `mapper get | set | watch`")
        .example("$0 mapper run my-mapper.ts --watch", "While you write it"),
    handler: async (flags) => {
      const { runMapperFile } = await import("../mapper/run-mapper.ts");
      await runMapperFile(flags, streams);
    },
  };
}

function brokerOptions<T>(yargs: Argv<T>) {
  const file = { type: "string" } as const;
  return yargs
    .option("link", {
      type: "string",
      default: "mqtt://127.0.0.1:1883",
      describe: "The edge's MQTT broker; mqtts:// for TLS",
    })
    .option("username", { type: "string", describe: "User at the broker" })
    .option("password-file", { ...file, describe: "[MAPPERKIT_MQTT_PASSWORD]" })
    .option("ca", { ...file, describe: "PEM of the broker's authority [the system's]" })
    .option("cert", { ...file, describe: "PEM of this mapper's certificate" })
    .option("key", { ...file, describe: "PEM of its key" });
}

function planCommand(streams: Streams): CommandModule<unknown, PlanFlags> {
  return {
    command: "plan <device>",
    describe: "Explain how a mapper reads a device: requests, bytes, time on the bus",
    builder: (yargs) =>
      yargs
        .positional("device", { type: "string", demandOption: true, describe: "Its name" })
        .option("mapper", { type: "string", demandOption: true, describe: "The mapper's file" })
        .option("file", {
          alias: "f",
          type: "string",
          array: true,
          describe: "Manifests of the device and its model [the cluster]",
        })
        .option("set", settingOption)
        .option("kubeconfig", { type: "string", describe: "[as for `device`]" })
        .option("namespace", { alias: "n", type: "string" })
        .option("output", {
          alias: "o",
          choices: ["table", "json"] as const,
          default: "table" as const,
        })
        .example("$0 mapper plan oven --mapper my-mapper.ts -f oven.yaml", "")
        .epilogue("Exit code 2 when something cannot be worked or the bus cannot carry it."),
    handler: async (flags) => {
      const { planDevice } = await import("../mapper/plan-device.ts");
      await planDevice(flags, streams);
    },
  };
}

function typesCommand(
  streams: Streams,
): CommandModule<unknown, { files: string[]; out?: string | undefined }> {
  return {
    command: "types <files..>",
    describe: "TypeScript models from the DeviceModels in YAML files",
    builder: (yargs) =>
      yargs
        .positional("files", {
          type: "string",
          array: true,
          demandOption: true,
          describe: "YAML files with DeviceModels",
        })
        .option("out", { type: "string", describe: "Write to this file [stdout]" })
        .example("$0 mapper types devices/*.yaml --out src/models.ts", ""),
    handler: async (flags) => {
      const { writeModelTypes } = await import("../mapper/write-model-types.ts");
      writeModelTypes(flags, streams);
    },
  };
}

function property<T>(yargs: Argv<T>) {
  return yargs
    .positional("property", {
      type: "string",
      demandOption: true,
      describe: "[NAMESPACE/]DEVICE/PROPERTY",
    })
    .option("url", {
      type: "string",
      default: "http://127.0.0.1:9700",
      describe: "Where the mapper serves HTTP",
    });
}

function getCommand(streams: Streams): CommandModule<unknown, HttpFlags> {
  return {
    command: "get <property>",
    describe: "Show the last sample of a running mapper",
    builder: (yargs) => property(yargs).example("$0 mapper get oven/temperature", ""),
    handler: async (flags) => {
      const { getProperty } = await import("../mapper/mapper-http.ts");
      await getProperty(flags, streams);
    },
  };
}

function setCommand(streams: Streams): CommandModule<unknown, HttpFlags & { value: string }> {
  return {
    command: "set <property> <value>",
    describe: "Ask the twin of a running mapper for a desired value",
    builder: (yargs) =>
      property(yargs)
        .positional("value", { type: "string", demandOption: true })
        .example("$0 mapper set oven/setpoint 70", ""),
    handler: async (flags) => {
      const { setProperty } = await import("../mapper/mapper-http.ts");
      await setProperty(flags, streams);
    },
  };
}

function watchCommand(streams: Streams): CommandModule<unknown, HttpFlags> {
  return {
    command: "watch <property>",
    describe: "Print each change that a running mapper sees",
    builder: (yargs) => property(yargs).example("$0 mapper watch oven/temperature", ""),
    handler: async (flags) => {
      const { watchProperty } = await import("../mapper/mapper-http.ts");
      await watchProperty(flags, streams, new AbortController().signal);
    },
  };
}
