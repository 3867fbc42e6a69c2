import { execFileSync } from "node:child_process";
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
