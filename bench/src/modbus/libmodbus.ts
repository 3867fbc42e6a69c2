import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** Requests per second, and CPU of the client for each, µs. */
export interface Speed {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** A far side in a process of its own. */
export interface Server {
  readonly port: number;
  end(): Promise<void>;
}

/** Servers on one core, load on the other. */
const [CLIENT_CORE, SERVER_CORE] = [0, 1];

function pinned(core: number, command: readonly string[]): string[] {
  return cpus().length > 1 ? ["taskset", "-c", `${core}`, ...command] : [...command];
}

/** Keeps this process, where it is a client too, off the servers' core. */
export function pinThisProcess(): void {
  if (cpus().length > 1) execFileSync("taskset", ["-apc", `${CLIENT_CORE}`, `${process.pid}`]);
}

const sources = resolve(import.meta.dirname, "fixtures");
const built = new Map<string, string>();

/** Builds a C program with libmodbus, once. Needs gcc, libc6-dev and libmodbus-dev. */
function build(name: "client" | "server"): string {
  const known = built.get(name);
  if (known) return known;
  const program = join(mkdtempSync(join(tmpdir(), "mapperkit-bench-")), name);
  const source = join(sources, `${name}.c`);
  execFileSync("cc", ["-O2", "-I/usr/include/modbus", "-o", program, source, "-lmodbus"]);
  built.set(name, program);
  return program;
}

export function startLibmodbusServer(): Promise<Server> {
  return startServer(build("server"), []);
}

/** A program that prints the port on which it serves. */
export async function startServer(program: string, args: readonly string[]): Promise<Server> {
  const [command, ...rest] = pinned(SERVER_CORE, [program, ...args]);
  const child: ChildProcess = spawn(command!, rest, { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(child.stdout!, "data")) as [Buffer];
  return {
    port: Number(/(\d+)\D*$/.exec(said.toString().split("(")[0]!)![1]),
    async end() {
      const exit = once(child, "exit");
      child.kill();
      await exit;
    },
  };
}

/** Asks for `length` registers `count` times, one request after the other. */
export async function askWithLibmodbus(
  port: number,
  count: number,
  length: number,
): Promise<Speed> {
  return await askWith([build("client"), ...[port, count, length].map(String)]);
}

/** A client in Node, ours or the least that there can be: port, count, length, requests in flight. */
export async function askInProcess(
  way: "ours" | "raw",
  numbers: readonly [port: number, count: number, length: number, inFlight: number],
): Promise<Speed> {
  const program = resolve(import.meta.dirname, "client-process.ts");
  return await askWith([process.execPath, "-C", "source", program, way, ...numbers.map(String)]);
}

async function askWith(client: readonly string[]): Promise<Speed> {
  const [command, ...rest] = pinned(CLIENT_CORE, client);
  const { stdout } = await promisify(execFile)(command!, rest);
  const [perSecond = 0, cpuUs = 0] = stdout.trim().split(" ").map(Number);
  return { perSecond, cpuUs };
}
