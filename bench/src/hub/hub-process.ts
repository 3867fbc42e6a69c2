import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";

const program = resolve(import.meta.dirname, "hub-program.ts");

export interface Usage {
  readonly rss: number;
  readonly heapUsed: number;
  readonly cpuUs: number;
}

/** A hub in a process of its own, on the first core where there are two. */
export class HubProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(kind: "hub" | "bare", settings: object, folder: string): Promise<HubProcess> {
    const file = join(folder, `${kind}.json`);
    writeFileSync(file, JSON.stringify(settings));
    const node = [process.execPath, "--expose-gc", "-C", "source", program, kind, file];
    const [command = "", ...args] = cpus().length > 1 ? ["taskset", "-c", "0", ...node] : node;
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new HubProcess(child, port);
  }

  /** After a collection of garbage. */
  async usage(): Promise<Usage> {
    const answer = once(this.#child, "message");
    this.#child.send("usage");
    const [usage] = (await answer) as [Usage];
    return usage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
