import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";

const script = resolve(import.meta.dirname, "subject.ts");
/** /proc counts in hundredths of a second. */
const MS_PER_TICK = 10;

/** A subject under test, on the first core; the load runs on the others. */
export class SubjectProcess {
  readonly port: number;
  /** From the first line of its own code to ready. */
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, startMs: number) {
    this.#child = child;
    this.port = port;
    this.startMs = startMs;
  }

  /** @param flags of Node */
  static async start(
    kind: string,
    dataDir: string,
    flags: readonly string[] = [],
  ): Promise<SubjectProcess> {
    mkdirSync(dataDir, { recursive: true });
    const node = [process.execPath, ...flags, "-C", "source", script, kind, dataDir];
    const [command = "", ...args] = cpus().length > 1 ? ["taskset", "-c", "0", ...node] : node;
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const { port, startMs } = JSON.parse(`${line}`) as { port: number; startMs: number };
    return new SubjectProcess(child, port, startMs);
  }

  /** User and system time so far. */
  cpuMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }

  rssMb(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }

  /** Bytes of the main thread, as V8 counts them. */
  async heap(): Promise<{ heapUsed: number; heapTotal: number; external: number }> {
    const { stdout } = this.#child;
    if (!stdout) throw new Error("the subject has no output");
    const line = once(stdout, "data");
    this.#child.kill("SIGUSR2");
    return JSON.parse(String((await line)[0]));
  }

  async end(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
