import { execFile, execFileSync } from "node:child_process";
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

/** Runs a program and returns what it printed. @throws Error with its output when it failed */
export function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(" ")}: ${stdout}${stderr}${error}`));
      else resolve(stdout);
    });
  });
}
