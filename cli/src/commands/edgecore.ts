import { join } from "node:path";
import { loadConfig } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { dataFolder, makeDataFolder } from "../program/data-folder.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";

interface EdgecoreFlags {
  config?: string | undefined;
  node?: string | undefined;
  data?: string | undefined;
  cloud?: string | undefined;
  "mqtt-host"?: string | undefined;
  "mqtt-port"?: number | undefined;
  "monitoring-port"?: number | undefined;
  "log-level"?: LogLevel | undefined;
}

export function edgecoreCommand({ out }: Streams): CommandModule<unknown, EdgecoreFlags> {
  return {
    command: "edgecore",
    describe: "Run the edge side alone",
    builder: (yargs) =>
      yargs
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("node", { type: "string", describe: "Name of this node [kube-edge-1]" })
        .option("data", { type: "string", describe: "Folder of the state [.mapperkit]" })
        .option("cloud", { type: "string", describe: "cloudcore's URL [ws://127.0.0.1:10000]" })
        .option("mqtt-host", { type: "string", describe: "Address of the broker [127.0.0.1]" })
        .option("mqtt-port", { type: "number", describe: "Port of the broker [1883]" })
        .option("monitoring-port", {
          type: "number",
          describe: "Port of /metrics, /healthz and /readyz [10351]",
        })
        .example("$0 edgecore --node pi-1 --cloud ws://10.0.0.5:10000", "An edge node"),
    handler: async (flags) => {
      const { createEdgeCore, edgeProgramConfig } = await import("@mapperkit/edgecore");
      const data = dataFolder(flags.data);
      makeDataFolder(data);
      const config = loadConfig(edgeProgramConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_EDGECORE",
        flags: {
          node: flags.node,
          dataDir: join(data, "edgecore"),
          cloud: { url: flags.cloud },
          mqtt: { host: flags["mqtt-host"], port: flags["mqtt-port"] },
          monitoring: { port: flags["monitoring-port"] },
        },
      });
      const edge = createEdgeCore(config, surroundings(flags["log-level"] ?? "info"));
      await runProgram(edge, () =>
        out(`edgecore: node ${config.node}, mqtt://${config.mqtt.host}:${edge.mqttPort}`),
      );
    },
  };
}
