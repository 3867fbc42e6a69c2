import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Why kubectl tests are left out, or false. In CI a missing kubectl is a failure of those tests. */
export const withoutKubectl: string | false =
  process.env.CI === "true" || spawnSync("kubectl", ["version", "--client"]).status === 0
    ? false
    : "no kubectl in PATH: what kubectl prints was not checked";

/** The real kubectl, with a kubeconfig and a cache of its own. */
export class Kubectl {
  readonly #env: NodeJS.ProcessEnv;
  readonly #cacheDir: string;

  constructor(kubeconfig: string, cacheDir: string) {
    this.#env = { ...process.env, KUBECONFIG: kubeconfig };
    this.#cacheDir = cacheDir;
  }

  /** Its standard output. @throws with its standard error when it fails */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const { stdout } = await run("kubectl", ["--cache-dir", this.#cacheDir, ...args], {
      env: { ...this.#env, ...env },
      timeout: 30_000,
      maxBuffer: 16 << 20,
    });
    return stdout;
  }
}
