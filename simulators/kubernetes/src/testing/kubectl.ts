import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync, realpathSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The kubectl of the variable KUBECTL, else of the PATH. */
export function findKubectl(): string | undefined {
  const candidates = [
    process.env.KUBECTL ?? "",
    ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "kubectl")),
  ];
  return candidates.find((file) => file !== "" && isExecutable(file));
}

/** Every kubectl that is there: that of the PATH, and `kubectl.1.NN` beside what it links to. */
export function findKubectls(): string[] {
  const first = findKubectl();
  if (first === undefined) return [];
  const folder = dirname(realpathSync(first));
  const others = readdirSync(folder)
    .filter((name) => /^kubectl\.1\.\d+$/.test(name))
    .sort()
    .map((name) => join(folder, name));
  return others.length > 0 ? others : [first];
}

/** A reason to skip, or false. With CI set a missing kubectl is a failure, not a skip. */
export function whyNoKubectl(): string | false {
  if (findKubectl() !== undefined || process.env.CI === "true") return false;
  return "no kubectl in PATH: install one or name it in KUBECTL";
}

/** kubectl with a kubeconfig and a cache folder of its own. */
export class Kubectl implements AsyncDisposable {
  readonly #file: string;
  readonly #kubeconfig: string;
  readonly #folder: string;

  private constructor(file: string, kubeconfig: string, folder: string) {
    this.#file = file;
    this.#kubeconfig = kubeconfig;
    this.#folder = folder;
  }

  static async create(kubeconfig: string, file = findKubectl()): Promise<Kubectl> {
    const folder = await mkdtemp(join(tmpdir(), "mapperkit-kubectl-"));
    return new Kubectl(file ?? "kubectl", kubeconfig, folder);
  }

  /** A file in kubectl's folder; gives its path. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.#folder, name);
    await writeFile(file, text);
    return file;
  }

  /** Runs kubectl to its end; `editor` is a command that changes the file it is given. */
  run(
    args: readonly string[],
    o: { readonly editor?: string; readonly input?: string } = {},
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.#file, ["--cache-dir", join(this.#folder, "cache"), ...args], {
        cwd: this.#folder,
        env: {
          PATH: process.env.PATH,
          HOME: this.#folder,
          KUBECONFIG: this.#kubeconfig,
          EDITOR: o.editor ?? "false",
        },
        timeout: 30_000,
      });
      let out = "";
      let err = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? -1, out, err }));
      child.stdin.end(o.input ?? "");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Words as a shell splits them, as far as single quotes go. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
