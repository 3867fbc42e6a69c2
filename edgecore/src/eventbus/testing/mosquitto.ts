import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

function isInstalled(): boolean {
  try {
    execFileSync("mosquitto", ["-h"], { stdio: "ignore" });
    return true;
  } catch (error) {
    // It exits with 3 after its help.
    return (error as { code?: string }).code !== "ENOENT";
  }
}

/** The reason not to run tests that need a real broker; never on CI, which has it. */
export const withoutMosquitto =
  !isInstalled() && process.env.CI !== "true" && "mosquitto is not installed";

/** A real mosquitto for tests: on one free port, with what it keeps in a folder of its own. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #settings: readonly string[];
  #stop: (() => Promise<void>) | undefined;

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port;
    this.folder = folder;
    this.#settings = settings;
  }

  /** @param settings lines of mosquitto.conf; of the folder with `{folder}`, which `files` fills */
  static async create(
    settings: readonly string[] = ["allow_anonymous true"],
    files: Readonly<Record<string, string>> = {},
  ): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), "mosquitto-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    return new Mosquitto(port, folder, settings);
  }

  async start(): Promise<void> {
    const config = join(this.folder, "mosquitto.conf");
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      "set_tcp_nodelay true",
      "persistence true",
      `persistence_location ${this.folder}/`,
      "user root",
      "log_dest none",
      ...this.#settings.map((line) => line.replaceAll("{folder}", this.folder)),
    ];
    await writeFile(config, `${lines.join("\n")}\n`);
    const child = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
    const ended = once(child, "exit");
    this.#stop = async () => {
      child.kill("SIGTERM");
      await ended;
    };
    await this.#answers(() => child.exitCode === null);
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true });
  }

  async #answers(isAlive: () => boolean): Promise<void> {
    for (;;) {
      if (!isAlive()) throw new Error("mosquitto ended at once: is its configuration right?");
      const socket = connect(this.port, "127.0.0.1");
      const isOpen = await Promise.race([
        once(socket, "connect").then(() => true),
        once(socket, "error").then(() => false),
      ]).catch(() => false);
      socket.destroy();
      if (isOpen) return;
      // It does not tell when it listens.
      await sleep(10);
    }
  }
}
