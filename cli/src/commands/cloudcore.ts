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
  advertise?: string[] | undefined;
  "certificate-port"?: number | undefined;
  "shared-token"?: boolean | undefined;
  "webhook-port"?: number | undefined;
  "monitor-port"?: number | undefined;
  replicas?: "one" | "several" | undefined;
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
        .option("advertise", {
          type: "string",
          array: true,
          describe: "Serve edges over TLS, which dial these names or IP addresses",
        })
        .option("certificate-port", {
          type: "number",
          describe: "With --advertise: port where edges get certificates [10002]",
        })
        .option("shared-token", {
          type: "boolean",
          describe: "With --advertise: offer KubeEdge's token for all nodes to stock edges",
        })
        .option("webhook-port", {
          type: "number",
          describe: "Port of the conversion webhook [10005]",
        })
        .option("monitor-port", { type: "number", describe: "Port of metrics and health [9091]" })
        .option("replicas", {
          choices: ["one", "several"] as const,
          describe: "Whether several cloudcores share the work [one]",
        })
        .example("$0 cloudcore --kubeconfig ~/.kube/config", "Edges on this machine")
        .example(
          "$0 cloudcore --hub-host 0.0.0.0 --advertise 10.0.0.5",
          "Edges elsewhere, which join with `$0 token create`",
        ),
    handler: async (flags) => {
      const { cloudProgramConfig, createCloudCore } = await import("@mapperkit/cloudcore");
      const config = loadConfig(cloudProgramConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_CLOUDCORE",
        flags: {
          kubeconfig: flags.kubeconfig ?? kubeconfigOf(flags.config),
          replicas: flags.replicas,
          hub: { host: flags["hub-host"], port: flags["hub-port"], ...tlsFlags(flags) },
          webhook: { port: flags["webhook-port"] },
          monitor: { port: flags["monitor-port"] },
        },
      });
      const cloud = createCloudCore(config, surroundings(flags["log-level"] ?? "info"));
      await runProgram(cloud, () => {
        const hub = `${config.hub.host}:${cloud.hubPort}`;
        const edges = config.hub.tls
          ? `wss://${hub}, certificates at port ${cloud.certificatePort}`
          : `ws://${hub}`;
        out(`cloudcore: ${edges}, webhook port ${cloud.webhookPort}`);
      });
    },
  };
}

/** A configuration file says it itself. */
function kubeconfigOf(configFile: string | undefined): string | undefined {
  if (configFile !== undefined) return undefined;
  return process.env.KUBECONFIG ?? join(dataFolder(undefined), "kubeconfig");
}

/** Empty when nothing was said of TLS, so that a configuration file can say it. */
function tlsFlags(flags: CloudcoreFlags) {
  const certificates = {
    port: flags["certificate-port"],
    sharedToken: flags["shared-token"],
  };
  const isGiven = flags.advertise ?? certificates.port ?? certificates.sharedToken;
  return isGiven === undefined ? {} : { tls: { advertise: flags.advertise, certificates } };
}
