import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";

export type BrokerKind = "edge" | "mosquitto" | "aedes";

/** The kernel's unit of process time: 100 a second on Linux. */
const TICK_US = 10_000;

/** A broker in a process of its own, on the first core where there are two. */
export class BrokerProcess {
  readonly port: number;
  /** Rejects when the process ends although nobody has stopped it. */
  readonly died: Promise<never>;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
    this.died = new Promise((_, reject) => {
      child.once("exit", (code, signal) => reject(new Error(`it ended with ${signal ?? code}`)));
    });
    // Of interest to whoever measures it.
    this.died.catch(() => {});
  }

  static async start(kind: BrokerKind): Promise<BrokerProcess> {
    const folder = mkdtempSync(join(tmpdir(), `mapperkit-bench-${kind}-`));
    if (kind === "mosquitto") {
      const port = await freePort();
      const child = pinned("mosquitto", ["-c", mosquittoConfig(folder, port)], "ignore");
      await answers(port);
      return new BrokerProcess(port, child, folder);
    }
    const program = resolve(import.meta.dirname, "broker-program.ts");
    const child = pinned(process.execPath, ["-C", "source", program, kind, folder]);
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    return new BrokerProcess(Number(`${line}`), child, folder);
  }

  /** User and system time so far. */
  get cpuUs(): number {
    const fields = this.#proc("stat").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  }

  get residentBytes(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(this.#proc("status"))?.[1]) * 1024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await exit;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, "utf8");
  }
}

function pinned(
  program: string,
  args: readonly string[],
  errors: "inherit" | "ignore" = "inherit",
): ChildProcess {
  const [command, ...rest] = cpus().length > 1 ? ["taskset", "-c", "0", program] : [program];
  return spawn(command ?? program, [...rest, ...args], { stdio: ["ignore", "pipe", errors] });
}

function mosquittoConfig(folder: string, port: number): string {
  const file = join(folder, "mosquitto.conf");
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    // It drops what a subscriber has not taken beyond a thousand; here each message must arrive.
    "max_queued_messages 0",
    "log_dest none",
    "user root",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((done) => {
      socket.once("connect", () => done(true)).once("error", () => done(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error("mosquitto does not listen: is it installed?");
}
