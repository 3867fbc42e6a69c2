import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { MapperkitError } from "@mapperkit/api";
import type { LineEnd } from "./line-end.ts";

const BEGUN = "starting data transfer loop";

/**
 * Makes a serial port at `path`, a pty, and is its far end. Needs socat, which dies with this
 * process: its standard input is ours.
 * @throws MapperkitError `invalid_input` when something is at that path, or socat is missing
 */
export async function makePort(path: string): Promise<LineEnd> {
  clear(path);
  mkdirSync(dirname(path), { recursive: true });
  // Nobody may find the port before socat has set it up: what he sets would be undone.
  const unready = `${path}.unready`;
  rmSync(unready, { force: true });
  const args = ["-d", "-d", "-t0", `pty,raw,echo=0,link=${unready}`, "STDIO"];
  const socat = spawn("socat", args, { stdio: ["pipe", "pipe", "pipe"] });
  // Whom nobody hears any more; the end of the process is told otherwise.
  socat.stdin.on("error", () => undefined);
  await begun(socat, path);
  // A pty that its last user closes is hung up, and takes no further one.
  const held = openSync(unready, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  renameSync(unready, path);
  return {
    onData: (heard) => socat.stdout.on("data", heard),
    write: (bytes) => void socat.stdin.write(bytes),
    async baudRate() {
      const { stdout } = await promisify(execFile)("stty", ["-F", path, "speed"]);
      return Number(stdout);
    },
    async close() {
      closeSync(held);
      if (socat.exitCode === null && socat.signalCode === null) {
        const exit = once(socat, "exit");
        socat.kill();
        await exit;
      }
      rmSync(path, { force: true });
    },
  };
}

/** Takes away what an earlier run left: a link to a pty that is gone. */
function clear(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isSymbolicLink() || exists(path)) {
    const message = `serial port ${path} is there already: a simulated one needs a path of its own`;
    throw new MapperkitError("invalid_input", message, { details: { path } });
  }
  rmSync(path, { force: true });
}

function exists(path: string): boolean {
  try {
    return realpathSync(path) !== "";
  } catch {
    return false;
  }
}

async function begun(socat: ChildProcess, path: string): Promise<void> {
  let said = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (why: string, cause?: unknown) => {
    const message = `serial port ${path} cannot be made: ${why}`;
    reject(new MapperkitError("invalid_input", message, { cause, details: { path } }));
  };
  socat.on("error", (cause) => fail("socat is missing (apt-get install socat)", cause));
  socat.on("exit", () => fail(said.trim().split("\n").at(-1) ?? "socat ended"));
  socat.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
    if (said.includes(BEGUN)) resolve();
  });
  await promise;
}
