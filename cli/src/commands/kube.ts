import { join } from "node:path";
import { loadConfig } from "@mapperkit/runtime";
import type { CommandModule } from "yargs";
import type { Streams } from "../output/streams.ts";
import { dataFolder, makeDataFolder } from "../program/data-folder.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";

interface KubeFlags {
  config?: string | undefined;
  data?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  kubeconfig?: string | undefined;
  "log-level"?: LogLevel | undefined;
}

export function kubeCommand({ out }: Streams): CommandModule<unknown, KubeFlags> {
  return {
    command: "kube",
    describe: "Run the Kubernetes stand-in alone",
    builder: (yargs) =>
      yargs
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("data", { type: "string", describe: "Folder of the state [.mapperkit]" })
        .option("host", { type: "string", describe: "Address to listen on [127.0.0.1]" })
        .option("port", { type: "number", describe: "Port to listen on [6443]" })
        .option("kubeconfig", { type: "string", describe: "Where to write the kubeconfig" })
        .example("$0 kube --port 6443", "Serve, and write .mapperkit/kubeconfig"),
    handler: async (flags) => {
      const { createKubernetes, kubernetesConfig } = await import("@mapperkit/sim-kubernetes");
      const data = dataFolder(flags.data);
      makeDataFolder(data);
      const config = loadConfig(kubernetesConfig, {
        file: flags.config,
        env: process.env,
        envPrefix: "MAPPERKIT_KUBE",
        flags: {
          dataDir: join(data, "kubernetes"),
          kubeconfigFile: flags.kubeconfig ?? join(data, "kubeconfig"),
          host: flags.host,
          port: flags.port,
        },
      });
      const kubernetes = createKubernetes(config, surroundings(flags["log-level"] ?? "info"));
      await runProgram(kubernetes, () =>
        out(`kubernetes: ${kubernetes.url}, kubeconfig ${config.kubeconfigFile}`),
      );
    },
  };
}
