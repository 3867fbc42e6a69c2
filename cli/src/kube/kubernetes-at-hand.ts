import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import { dataFolder, makeDataFolder } from "../program/data-folder.ts";
import { surroundings } from "../program/run-program.ts";
import { KubeApi } from "./kube-api.ts";

export interface KubeStoreFlags {
  data?: string | undefined;
  /** Names a server that runs, which need not be the stand-in. */
  kubeconfig?: string | undefined;
}

/** Where the stand-in of a data folder keeps its state. */
export function storeFolder(data: string | undefined): string {
  return join(dataFolder(data), "kubernetes");
}

/**
 * Works on the Kubernetes of the data folder: on the server that runs there, else on one that is
 * started for it, on a port of its own, and stopped again.
 */
export async function withKubernetes<T>(
  flags: KubeStoreFlags,
  work: (api: KubeApi) => Promise<T>,
): Promise<T> {
  if (flags.kubeconfig !== undefined) return await using(flags.kubeconfig, work);
  const { createKubernetes, kubernetesConfig } = await import("@mapperkit/sim-kubernetes");
  makeDataFolder(dataFolder(flags.data));
  const folder = await mkdtemp(join(tmpdir(), "mapperkit-kube-"));
  const kubeconfigFile = join(folder, "kubeconfig");
  const config = { dataDir: storeFolder(flags.data), port: 0, kubeconfigFile };
  const kubernetes = createKubernetes(kubernetesConfig.parse(config), surroundings("error"));
  try {
    await kubernetes.start(new AbortController().signal);
    return await using(kubeconfigFile, work);
  } catch (error) {
    if (!isInUse(error)) throw error;
    return await using(join(dataFolder(flags.data), "kubeconfig"), work);
  } finally {
    await kubernetes.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function using<T>(kubeconfig: string, work: (api: KubeApi) => Promise<T>): Promise<T> {
  using api = await KubeApi.open(kubeconfig);
  return await work(api);
}

function isInUse(error: unknown): boolean {
  if (!(error instanceof MapperkitError)) return false;
  return /^SQLITE_(?:BUSY|LOCKED)/.test(String(error.details.code ?? ""));
}
