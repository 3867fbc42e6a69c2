import type { Argv, CommandModule } from "yargs";
import type { DeviceFlags, OutputForm } from "../device/run-device-command.ts";
import type { Streams } from "../output/streams.ts";

/** `mapperkit device …`: what a user without kubectl needs. */
export function deviceCommand(streams: Streams): CommandModule {
  return {
    command: "device <action>",
    describe: "List, show, set and watch devices",
    builder: (yargs) =>
      yargs
        .command(listCommand(streams))
        .command(getCommand(streams))
        .command(setCommand(streams))
        .command(watchCommand(streams))
        .demandCommand(1, "Name an action: list, get, set or watch."),
    handler: () => {},
  };
}

function common<T>(yargs: Argv<T>) {
  return yargs
    .option("kubeconfig", {
      type: "string",
      describe: "[KUBECONFIG, else .mapperkit/kubeconfig, else ~/.kube/config]",
    })
    .option("namespace", { alias: "n", type: "string", describe: "[that of the kubeconfig]" })
    .option("output", {
      alias: "o",
      choices: ["table", "wide", "json", "yaml"] as const,
      default: "table" as OutputForm,
    });
}

const nameOption = { type: "string", demandOption: true, describe: "The device" } as const;

function listCommand(streams: Streams): CommandModule<unknown, DeviceFlags> {
  return {
    command: "list",
    aliases: "ls",
    describe: "All devices of the namespace",
    builder: (yargs) => common(yargs).example("$0 device list -o json", "For a program"),
    handler: async (flags) => {
      const { listDevices } = await import("../device/run-device-command.ts");
      await listDevices(flags, streams);
    },
  };
}

function getCommand(streams: Streams): CommandModule<unknown, DeviceFlags & { name: string }> {
  return {
    command: "get <name>",
    describe: "One device with its twins",
    builder: (yargs) =>
      common(yargs)
        .positional("name", nameOption)
        .example("$0 device get counter -o yaml", "The whole object"),
    handler: async (flags) => {
      const { getDevice } = await import("../device/run-device-command.ts");
      await getDevice(flags, streams);
    },
  };
}

interface SetFlags extends DeviceFlags {
  name: string;
  values: string[];
  wait: boolean;
  timeout: number;
}

function setCommand(streams: Streams): CommandModule<unknown, SetFlags> {
  return {
    command: "set <name> <values..>",
    describe: "Set desired values, and wait for what becomes of them",
    builder: (yargs) =>
      common(yargs)
        .positional("name", nameOption)
        .positional("values", {
          type: "string",
          array: true,
          demandOption: true,
          describe: "PROPERTY=VALUE …",
        })
        .option("wait", { type: "boolean", default: true, describe: "Wait for the outcome" })
        .option("timeout", { type: "number", default: 15, describe: "Seconds to wait" })
        .example("$0 device set counter status=ON", "")
        .example("$0 device set oven setpoint=70 --no-wait", "")
        .epilogue("Exit code 4 when the device refused, 3 when it did not answer in time."),
    handler: async (flags) => {
      const { setDevice } = await import("../device/run-device-command.ts");
      await setDevice(flags, streams);
    },
  };
}

function watchCommand(streams: Streams): CommandModule<unknown, DeviceFlags & { name: string }> {
  return {
    command: "watch <name>",
    describe: "Print each change of a device until Ctrl-C",
    builder: (yargs) =>
      common(yargs)
        .positional("name", nameOption)
        .example("$0 device watch counter", "A line for each change of a property"),
    handler: async (flags) => {
      const { watchDevice } = await import("../device/run-device-command.ts");
      await watchDevice(flags, streams);
    },
  };
}
