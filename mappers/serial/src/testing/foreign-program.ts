import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Whether a program of Debian's is there. CI has them all: there a missing one is a failure. */
export function hasProgram(t: TestContext, program: string, debianPackage: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    const what = `${program} (apt-get install ${debianPackage})`;
    if (process.env.CI === "true") throw new Error(`CI lacks ${what}`);
    t.skip(`without ${what}`);
    return false;
  }
}

/** A folder that lives as long as the test. */
export function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "serial-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Builds a C program. @throws Error with what the compiler said */
export function build(folder: string, source: string): string {
  const program = join(folder, "device");
  execFileSync("cc", ["-O1", "-o", program, source], { stdio: "pipe" });
  return program;
}

/** A serial port at `path` with a program behind it, until the result is called. */
export async function openPort(
  t: TestContext,
  path: string,
  program: string,
): Promise<() => Promise<void>> {
  const ends = [`pty,rawer,link=${path}`, `EXEC:${program}`];
  const socat = spawn("socat", ["-d", "-d", ...ends], { stdio: ["ignore", "ignore", "pipe"] });
  const unplug = async () => {
    if (socat.exitCode !== null || socat.signalCode !== null) return;
    const exit = once(socat, "exit");
    socat.kill();
    await exit;
  };
  t.after(unplug);
  let said = "";
  for await (const text of socat.stderr) {
    said += text;
    if (said.includes("starting data transfer loop")) return unplug;
  }
  throw new Error(`socat ended: ${said}`);
}
