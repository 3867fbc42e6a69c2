import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Whether a program of Debian's is there. CI has them all: there a missing one is a failure. */
export function hasProgram(t: TestContext, program: string, debianPackage: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    return missing(t, `${program} (apt-get install ${debianPackage})`);
  }
}

/** Debian's packages of Python are for the system's own Python alone. */
export const SYSTEM_PYTHON = "/usr/bin/python3";

/** As hasProgram(), for a module of the system's Python. */
export function hasPythonModule(t: TestContext, module: string, debianPackage: string): boolean {
  try {
    execFileSync(SYSTEM_PYTHON, ["-c", `import ${module}`], { stdio: "ignore" });
    return true;
  } catch {
    return missing(t, `${module} (apt-get install ${debianPackage})`);
  }
}

/** Builds a C program against libmodbus; undefined where that cannot be. */
export function buildWithLibmodbus(t: TestContext, source: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "libmodbus-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, "program");
  writeFileSync(`${program}.c`, source);
  try {
    const flags = ["-I/usr/include/modbus", "-o", program, `${program}.c`, "-lmodbus"];
    execFileSync("cc", flags, { stdio: "pipe" });
    return program;
  } catch {
    missing(t, "libmodbus (apt-get install gcc libc6-dev libmodbus-dev)");
    return undefined;
  }
}

/** Runs a program and returns what it printed. @throws Error with its output when it failed */
export function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(" ")}: ${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}

function missing(t: TestContext, what: string): false {
  if (process.env.CI === "true") throw new Error(`CI lacks ${what}`);
  t.skip(`without ${what}`);
  return false;
}
