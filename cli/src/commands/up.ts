import { loadConfig } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { dataFolder, makeDataFolder } from "../program/data-folder.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";
import { packageVersion } from "../program/version.ts";

interface UpFlags {
  config?: string | undefined;
  data?: string | undefined;
  kubeconfig?: string | undefined;
  node?: string | undefined;
  with?: string[] | undefined;
  without?: string[] | undefined;
  link?: string | undefined;
  devices?: number | undefined;
  "kubernetes-port"?: number | undefined;
  "hub-port"?: number | undefined;
  "webhook-port"?: number | undefined;
  "router-port"?: number | undefined;
  "mqtt-port"?: number | undefined;
  "monitoring-port"?: number | undefined;
  "counter-port"?: number | undefined;
  "sensor-port"?: number | undefined;
  "log-level"?: LogLevel | undefined;
}

export function upCommand({ out }: Streams): CommandModule<unknown, UpFlags> {
  return {
    command: "up",
    describe: "Run the whole system in one process, with a virtual counter",
    builder: (yargs) =>
      yargs
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("data", {
          type: "string",
          describe: "Folder of the state [MAPPERKIT_DATA, .mapperkit]",
        })
        .option("kubeconfig", {
          type: "string",
          describe: "A real cluster in place of the stand-in",
        })
        .option("node", { type: "string", describe: "Name of the edge node [kube-edge-1]" })
        .option("with", {
          array: true,
          type: "string",
          describe: "Start this too: sensor, or a folder of Devices such as examples/oven",
        })
        .option("without", {
          array: true,
          choices: ["counter", "counter-mapper"],
          describe: "Leave this out, for instance to run a mapper of your own",
        })
        .option("link", {
          choices: ["mqtt", "in-process"],
          describe: "How the mappers here reach the edge [mqtt]",
        })
        .option("devices", {
          type: "number",
          describe: "Further virtual counters, with Devices [0]",
        })
        .option("kubernetes-port", { type: "number", describe: "[6443]" })
        .option("hub-port", { type: "number", describe: "cloudcore's port for edges [10000]" })
        .option("webhook-port", { type: "number", describe: "conversion webhook [10005]" })
        .option("router-port", { type: "number", describe: "requests for rules [9443]" })
        .option("mqtt-port", { type: "number", describe: "the edge's MQTT broker [1883]" })
        .option("monitoring-port", {
          type: "number",
          describe: "the edge's metrics and health [10351]",
        })
        .option("counter-port", { type: "number", describe: "[9500]" })
        .option("sensor-port", { type: "number", describe: "[9600]" })
        .example("$0 up", "Everything, on embedded defaults")
        .example("$0 up --with sensor --devices 50", "More to look at")
        .example("$0 up --with examples/oven", "An oven on Modbus, simulated from its Device")
        .example("$0 up --kubeconfig ~/.kube/config", "On a real cluster"),
    handler: async (flags) => {
      const { upOptions } = await import("../up/up-options.ts");
      const { createSystem } = await import("../up/system.ts");
      const { welcomeText } = await import("../up/welcome.ts");
      const data = dataFolder(flags.data);
      makeDataFolder(data);
      // Mappers and simulated devices keep what is theirs there too.
      process.env.MAPPERKIT_DATA = data;
      const options = loadConfig(upOptions, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_UP",
        flags: upFlags(flags),
      });
      const parts = surroundings(flags["log-level"] ?? "warn");
      const system = createSystem(options, data, parts);
      await runProgram(system, () =>
        out(
          welcomeText({
            version: packageVersion(),
            startedInMs: process.uptime() * 1000,
            parts: system.parts(),
            kubeconfig: system.kubeconfig,
            hasCounter: options.without.length === 0,
          }),
        ),
      );
      out("stopped");
    },
  };
}

function upFlags(flags: UpFlags): Record<string, unknown> {
  return {
    kubeconfig: flags.kubeconfig,
    node: flags.node,
    with: flags.with,
    without: flags.without,
    link: flags.link,
    devices: flags.devices,
    ports: {
      kubernetes: flags["kubernetes-port"],
      hub: flags["hub-port"],
      webhook: flags["webhook-port"],
      router: flags["router-port"],
      mqtt: flags["mqtt-port"],
      monitoring: flags["monitoring-port"],
      counter: flags["counter-port"],
      sensor: flags["sensor-port"],
    },
  };
}
