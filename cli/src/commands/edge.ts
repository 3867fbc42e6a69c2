import { RealClock } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { InspectFlags } from "../edge/inspect-store.ts";
import type { Streams } from "../output/streams.ts";
import { runProgram } from "../program/run-program.ts";

/** `mapperkit edge …`: what an operator asks of an edge, running or not. */
export function edgeCommand(streams: Streams): CommandModule {
  return {
    command: "edge <action>",
    describe: "Look into an edge: its store, its traffic, its health",
    builder: (yargs) =>
      yargs
        .command(inspectCommand(streams))
        .command(watchCommand(streams))
        .command(statusCommand(streams))
        .command(passwdCommand(streams))
        .demandCommand(1, "Name an action: inspect, watch, status or passwd."),
    handler: () => {},
  };
}

const outputOption = {
  alias: "o",
  choices: ["table", "json", "yaml"] as const,
  default: "table" as InspectFlags["output"],
};

function inspectCommand(streams: Streams): CommandModule<unknown, InspectFlags> {
  return {
    command: "inspect [device]",
    describe: "What the edge keeps on disk: read only, also while it runs",
    builder: (yargs) =>
      yargs
        .positional("device", { type: "string", describe: "NAME or NAMESPACE/NAME [all]" })
        .option("data", {
          type: "string",
          describe: "Folder of the state [MAPPERKIT_DATA, .mapperkit]",
        })
        .option("output", outputOption)
        .example("$0 edge inspect", "All devices with their twins")
        .example("$0 edge inspect counter", "One device, with the samples it keeps")
        .example("$0 edge inspect --data /var/lib/mapperkit -o json", "For a program"),
    handler: async (flags) => {
      const { printStore } = await import("../edge/inspect-store.ts");
      printStore(flags, streams);
    },
  };
}

interface WatchFlags {
  device?: string | undefined;
  link: string;
  output: "text" | "json";
}

function watchCommand(streams: Streams): CommandModule<unknown, WatchFlags> {
  return {
    command: "watch [device]",
    describe: "Follow the twin traffic until Ctrl-C, a line for each message",
    builder: (yargs) =>
      yargs
        .positional("device", { type: "string", describe: "NAME or NAMESPACE/NAME [all]" })
        .option("link", {
          type: "string",
          default: "mqtt://127.0.0.1:1883",
          describe: "The edge's MQTT broker",
        })
        .option("output", {
          alias: "o",
          choices: ["text", "json"] as const,
          default: "text" as WatchFlags["output"],
        })
        .example("$0 edge watch", "All devices")
        .example("$0 edge watch counter", "One device")
        .example(
          "$0 edge watch --link mqtt://10.0.0.7:1883 -o json",
          "Another edge, for a program",
        ),
    handler: async (flags) => {
      const { TrafficWatch } = await import("../edge/traffic-watch.ts");
      const { deviceArgument } = await import("../edge/device-argument.ts");
      const { link, output } = flags;
      const device = flags.device === undefined ? undefined : deviceArgument(flags.device);
      const parts = { link, output, device, clock: new RealClock(), streams };
      await runProgram(new TrafficWatch(parts), () => {});
    },
  };
}

interface StatusFlags {
  url: string;
  output: InspectFlags["output"];
}

function statusCommand(streams: Streams): CommandModule<unknown, StatusFlags> {
  return {
    command: "status",
    describe: "Whether a running edge is well, and its key figures",
    builder: (yargs) =>
      yargs
        .option("url", {
          type: "string",
          default: "http://127.0.0.1:10351",
          describe: "Where the edge serves /healthz and /metrics",
        })
        .option("output", outputOption)
        .example("$0 edge status", "The edge on this machine")
        .example("$0 edge status -o json", "For a program")
        .epilogue("Exit code 4 when the edge is not well, 3 when nobody answers."),
    handler: async (flags) => {
      const { printStatus } = await import("../edge/edge-status.ts");
      await printStatus(flags, streams, new RealClock());
    },
  };
}

function passwdCommand(streams: Streams): CommandModule<unknown, { user?: string | undefined }> {
  return {
    command: "passwd",
    describe: "Make the line of an MQTT user for mqtt.usersFile, with the password's hash",
    builder: (yargs) =>
      yargs
        .option("user", { type: "string", describe: "The user's name; without it, the hash alone" })
        .example("$0 edge passwd --user lamp", "Asks for the password, without showing it")
        .example("$0 edge passwd --user lamp < secret.txt", "Reads it from a file")
        .epilogue("mqtt.usersFile is a JSON list of such lines, with commas between them."),
    handler: async ({ user }) => {
      const { printUser } = await import("../edge/mqtt-user.ts");
      await printUser(user, streams, process.stdin);
    },
  };
}
