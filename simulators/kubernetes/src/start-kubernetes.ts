import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import { type Clock, type Log, RealClock, silentLog, systemRandom } from "@mapperkit/runtime";
import { createKubernetes } from "./kubernetes.ts";
import { kubernetesConfig } from "./kubernetes-config.ts";

export interface StartOptions {
  /** Folder of the state: what is in it is found again by the next start. */
  readonly dir?: string | undefined;
  /** Keep nothing: the state ends with `stop`. Without `dir` this is the default. */
  readonly memory?: boolean | undefined;
  /** CustomResourceDefinitions to serve: objects, or paths of YAML files or of folders of them. */
  readonly crds?: readonly (object | string)[] | undefined;
  /** default: any free one */
  readonly port?: number | undefined;
  /** default: none */
  readonly log?: Log | undefined;
  /** Time as the server sees it; a test of expiry brings its own. */
  readonly clock?: Clock | undefined;
}

/** A server that answers. */
export interface StartedKubernetes extends AsyncDisposable {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** The admin's kubeconfig as text, for `KubeConfig.loadFromString` and the like. */
  readonly kubeconfig: string;
  /** The same as a file, for `kubectl --kubeconfig`; readable by its owner only. */
  readonly kubeconfigFile: string;
  /** Ends watches and connections, and resolves when nothing is running any more. */
  stop(): Promise<void>;
}

/**
 * Starts a Kubernetes API server inside this process, for tests of whatever talks to one.
 * Resolves when it answers and serves all of `crds`.
 * @throws MapperkitError `invalid_input` for a folder or a definition that cannot be used
 */
export async function startKubernetes(options: StartOptions = {}): Promise<StartedKubernetes> {
  const { dir, memory = dir === undefined } = options;
  if (memory === (dir !== undefined)) {
    throw new MapperkitError("invalid_input", "dir or memory: give one of the two, not both");
  }
  // Reading YAML is loaded here, for `mapperkit kube` starts without it.
  const { applyDefinitions, readDefinitions } = await import("./definitions/index.ts");
  const definitions = await readDefinitions(options.crds ?? []);
  const temporary = dir ?? (await mkdtemp(join(tmpdir(), "mapperkit-kubernetes-")));
  const kubernetes = createKubernetes(
    kubernetesConfig.parse({ dataDir: temporary, memory, port: options.port ?? 0 }),
    {
      clock: options.clock ?? new RealClock(),
      random: systemRandom(),
      log: options.log ?? silentLog,
    },
  );
  const stop = async () => {
    await kubernetes.stop();
    if (dir === undefined) await rm(temporary, { recursive: true, force: true });
  };
  try {
    await kubernetes.start(new AbortController().signal);
    const kubeconfig = await readFile(kubernetes.kubeconfigFile, "utf8");
    const { url, kubeconfigFile } = kubernetes;
    await applyDefinitions(kubeconfig, definitions);
    return { url, kubeconfig, kubeconfigFile, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
