import { join } from "node:path";
import { loadConfig } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { dataFolder } from "../program/data-folder.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";

interface CloudcoreFlags {
  config?: string | undefined;
  kubeconfig?: string | undefined;
  "hub-host"?: string | undefined;
  "hub-port"?: number | undefined;
  "webhook-port"?: number | undefined;
  "log-level"?: LogLevel | undefined;
}

export function cloudcoreCommand({ out }: Streams): CommandModule<unknown, CloudcoreFlags> {
  return {
    command: "cloudcore",
    describe: "Run the cloud side alone",
    builder: (yargs) =>
      yargs
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("kubeconfig", {
          type: "string",
          describe: "Kubernetes to work with [KUBECONFIG, else .mapperkit/kubeconfig]",
        })
        .option("hub-host", { type: "string", describe: "Address for edges [127.0.0.1]" })
        .option("hub-port", { type: "number", describe: "Port for edges [10000]" })
        .option("webhook-port", {
          type: "number",
          describe: "Port of the conversion webhook [10005]",
        })
        .example("$0 cloudcore --kubeconfig ~/.kube/config", "Serve edges from a real cluster"),
    handler: async (flags) => {
      const { cloudCoreConfig, createCloudCore } = await import("@mapperkit/cloudcore");
      const config = loadConfig(cloudCoreConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_CLOUDCORE",
        flags: {
          kubeconfig:
            flags.kubeconfig ?? process.env.KUBECONFIG ?? join(dataFolder(undefined), "kubeconfig"),
          hub: { host: flags["hub-host"], port: flags["hub-port"] },
          webhook: { port: flags["webhook-port"] },
        },
      });
      const cloud = createCloudCore(config, surroundings(flags["log-level"] ?? "info"));
      await runProgram(cloud, () =>
        out(
          `cloudcore: ws://${config.hub.host}:${cloud.hubPort}, webhook port ${cloud.webhookPort}`,
        ),
      );
    },
  };
}
