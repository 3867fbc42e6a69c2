import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { eventually } from "./eventually.ts";

const root = resolve(import.meta.dirname, "../../..");
const bin = resolve(root, "cli/bin/mapperkit.js");

/** A `mapperkit …` of its own process, as a user starts it. Disposing kills it. */
export class MapperkitProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #args: readonly string[];
  #output = "";
  #errors = "";

  private constructor(args: readonly string[], env: Record<string, string>, cwd: string) {
    this.#args = args;
    this.#child = spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
  }

  /** Starts it and waits until it printed something that matches `ready`. */
  static async start(
    args: readonly string[],
    ready: RegExp,
    { env = {}, cwd = root }: { env?: Record<string, string>; cwd?: string } = {},
  ): Promise<MapperkitProcess> {
    const program = new MapperkitProcess(args, env, cwd);
    try {
      await program.prints(ready, 30_000);
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return program;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  prints(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray> {
    return eventually(
      `mapperkit ${this.#args.join(" ")} printed ${pattern}; so far: ${this.#output}${this.#errors}`,
      () => {
        const match = pattern.exec(this.#output);
        if (!match && this.#child.exitCode !== null) {
          throw new Error(`it ended with ${this.#child.exitCode}: ${this.#output}${this.#errors}`);
        }
        return match ?? undefined;
      },
      withinMs,
    );
  }

  /** Sends a signal and resolves with the exit code, or the name of the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, "exit");
      this.#child.kill(signal);
      await exit;
    }
    return this.#child.exitCode ?? this.#child.signalCode ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}
