import { join } from "node:path";
import { loadConfig } from "@mapperkit/runtime";
import type { Argv, CommandModule } from "yargs";
import type { ExportFlags } from "../kube/export-objects.ts";
import type { ImportFlags } from "../kube/import-objects.ts";
import type { ResetFlags } from "../kube/reset-kubernetes.ts";
import type { Streams } from "../output/streams.ts";
import { dataFolder, makeDataFolder } from "../program/data-folder.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";

interface KubeFlags {
  config?: string | undefined;
  data?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  kubeconfig?: string | undefined;
  memory?: boolean | undefined;
  "log-level"?: LogLevel | undefined;
}

const dataOption = { type: "string", describe: "Folder of the state [.mapperkit]" } as const;

export function kubeCommand(streams: Streams): CommandModule<unknown, KubeFlags> {
  return {
    command: "kube",
    describe: "Run the Kubernetes stand-in alone; export, import or reset what it keeps",
    builder: (yargs) =>
      yargs
        .command(exportCommand(streams))
        .command(importCommand(streams))
        .command(resetCommand(streams))
        .option("config", { type: "string", describe: "Configuration file (YAML or JSON)" })
        .option("data", dataOption)
        .option("host", { type: "string", describe: "Address to listen on [127.0.0.1]" })
        .option("port", { type: "number", describe: "Port to listen on [6443]" })
        .option("kubeconfig", { type: "string", describe: "Where to write the kubeconfig" })
        .option("memory", { type: "boolean", describe: "Keep objects only until the end" })
        .example("$0 kube --port 6443", "Serve, and write .mapperkit/kubeconfig")
        .example("$0 kube export -o all.yaml", "Save everything, as kubectl would apply it"),
    handler: (flags) => runKubernetes(flags, streams),
  };
}

async function runKubernetes(flags: KubeFlags, { out }: Streams): Promise<void> {
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
      memory: flags.memory,
    },
  });
  const kubernetes = createKubernetes(config, surroundings(flags["log-level"] ?? "info"));
  await runProgram(kubernetes, () =>
    out(`kubernetes: ${kubernetes.url}, kubeconfig ${config.kubeconfigFile}`),
  );
}

function common<T>(yargs: Argv<T>) {
  return yargs
    .option("data", dataOption)
    .option("kubeconfig", { type: "string", describe: "A server that runs, instead of --data" });
}

function exportCommand(streams: Streams): CommandModule<unknown, ExportFlags> {
  return {
    command: "export [kinds..]",
    describe: "Write the objects as YAML that kubectl could apply",
    builder: (yargs) =>
      common(yargs)
        .positional("kinds", { type: "string", array: true, describe: "Only these [all]" })
        .option("output", { alias: "o", type: "string", describe: "File to write [stdout]" })
        .option("status", { type: "boolean", default: false, describe: "Keep status" })
        .example("$0 kube export -o all.yaml", "The server may run or be stopped")
        .example("$0 kube export devices devicemodels --status", "")
        .epilogue("Secrets are exported too; the file is readable by its owner only."),
    handler: async (flags) => {
      const { exportObjects } = await import("../kube/export-objects.ts");
      await exportObjects(flags, streams);
    },
  };
}

function importCommand(streams: Streams): CommandModule<unknown, ImportFlags> {
  return {
    command: "import <file>",
    describe: "Apply the objects of a YAML file, - for standard input",
    builder: (yargs) =>
      common(yargs)
        .positional("file", { type: "string", demandOption: true })
        .example("$0 kube import all.yaml", "")
        .epilogue("What is there and not in the file stays. Exit code 4 when some are refused."),
    handler: async (flags) => {
      const { importObjects } = await import("../kube/import-objects.ts");
      await importObjects(flags, streams);
    },
  };
}

function resetCommand(streams: Streams): CommandModule<unknown, ResetFlags> {
  return {
    command: "reset",
    describe: "Delete all objects of a stopped stand-in; keys and kubeconfigs stay good",
    builder: (yargs) =>
      yargs
        .option("data", dataOption)
        .option("yes", { alias: "y", type: "boolean", default: false, describe: "Do not ask" }),
    handler: async (flags) => {
      const { resetKubernetes } = await import("../kube/reset-kubernetes.ts");
      await resetKubernetes(flags, streams);
    },
  };
}
