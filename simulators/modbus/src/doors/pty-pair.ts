import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, realpathSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { MapperkitError } from "@mapperkit/api";

/** Two serial ports that are joined, for as long as the pair is open. */
export interface PtyPair {
  /** The port for whom the line is made. */
  readonly path: string;
  /** The other end. */
  readonly farPath: string;
  close(): Promise<void>;
}

/**
 * Makes the port at `path`, a pty, and the other end of its line. Needs socat.
 * @throws MapperkitError `invalid_input` when something is at that path, or socat is missing
 */
export async function openPtyPair(path: string): Promise<PtyPair> {
  clear(path);
  mkdirSync(dirname(path), { recursive: true });
  const farPath = `${path}.far`;
  const links = [path, farPath].map((link) => `pty,raw,echo=0,link=${link}`);
  const socat = spawn("socat", ["-d", "-d", ...links], { stdio: ["ignore", "ignore", "pipe"] });
  await joined(socat, path);
  return {
    path,
    farPath,
    async close() {
      if (socat.exitCode === null && socat.signalCode === null) {
        const exit = once(socat, "exit");
        socat.kill();
        await exit;
      }
      for (const link of [path, farPath]) rmSync(link, { force: true });
    },
  };
}

/** Takes away what an earlier run left: a link to a pty that is gone. */
function clear(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  const isDangling = there.isSymbolicLink() && !exists(path);
  if (!isDangling) {
    const message = `serial port ${path} is there already: a simulated one needs a path of its own`;
    throw new MapperkitError("invalid_input", message, { details: { path } });
  }
  for (const link of [path, `${path}.far`]) rmSync(link, { force: true });
}

function exists(path: string): boolean {
  try {
    return realpathSync(path) !== "";
  } catch {
    return false;
  }
}

async function joined(socat: ChildProcess, path: string): Promise<void> {
  let said = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (why: string, cause?: unknown) =>
    reject(
      new MapperkitError("invalid_input", `serial port ${path} cannot be made: ${why}`, {
        cause,
        details: { path },
      }),
    );
  socat.on("error", (cause) => fail("socat is missing (apt-get install socat)", cause));
  socat.on("exit", () => fail(said.trim().split("\n").at(-1) ?? "socat ended"));
  socat.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
    if (said.includes("starting data transfer loop")) resolve();
  });
  await promise;
}
