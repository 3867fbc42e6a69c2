import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { promisify } from "node:util";
import { eventually } from "./eventually.ts";
import type { RunningSystem } from "./running-system.ts";
import { fits, type TutorialStep } from "./tutorial.ts";

const run = promisify(execFile);
const WAIT_MS = 60_000;

/**
 * Runs the commands of a README beside a running system, whose state they find where `mapperkit up`
 * would have put it, and holds them to the output that is promised.
 */
export async function followSteps(
  steps: readonly TutorialStep[],
  system: RunningSystem,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const cwd = system.folder.path;
  const state = system.folder.join(".mapperkit");
  if (!existsSync(state)) symlinkSync(system.folder.join("data"), state);
  const told: string[] = [];
  for (const { commands, kind, output = "", line } of steps) {
    const where = `line ${line}: ${commands}`;
    // A terminal keeps what was exported.
    const script = [...told, commands].join("\n");
    const attempt = async () => {
      const options = { cwd, env: { ...process.env, ...env }, timeout: 30_000 };
      const { stdout, stderr } = await run("bash", ["-ec", script], options);
      assert.ok(fits(stdout + stderr, output), `${where}\nprinted ${stdout}${stderr}`);
      return true;
    };
    if (kind === "eventually") await eventually(where, attempt, WAIT_MS);
    else await attempt();
    told.push(...(commands.match(/^export .*$/gm) ?? []));
  }
}
