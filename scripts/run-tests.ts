/**
 * `npm test`: unit tests in one process, then integration and whole-system tests, one process per
 * file. `--long`: the matrices, soaks and foreign clients of `*.long.test.ts`. Words after the
 * flags keep only the files whose path contains one of them.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const long = process.argv.includes("--long");

const all = globSync(
  "{sdk/*,mappers/*,simulators/*,cloudcore,edgecore,cli,e2e,bench}/src/**/*.test.ts",
  { cwd: root },
)
  .concat(globSync("scripts/*.test.ts", { cwd: root }))
  .filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
  .sort();

const isLong = (file: string) => file.endsWith(".long.test.ts");
const ownProcess = (file: string) =>
  file.endsWith(".integration.test.ts") || file.startsWith("e2e/");

/** Runs one batch and says whether it passed. A batch without files passes. */
function run(title: string, files: readonly string[], flags: readonly string[]): boolean {
  if (files.length === 0) return true;
  process.stdout.write(`\n${title}: ${files.length} files\n`);
  const result = spawnSync(
    process.execPath,
    [
      "--conditions=source",
      "--test",
      "--test-reporter=./scripts/quiet-reporter.ts",
      ...flags,
      ...files,
    ],
    { cwd: root, stdio: "inherit" },
  );
  return result.status === 0;
}

const passed = long
  ? run("long tests", all.filter(isLong), ["--test-concurrency=1", "--test-timeout=1200000"])
  : [
      run(
        "unit tests",
        all.filter((f) => !isLong(f) && !ownProcess(f)),
        ["--test-isolation=none", "--test-timeout=60000"],
      ),
      run(
        "integration and end-to-end tests",
        all.filter((f) => !isLong(f) && ownProcess(f)),
        ["--test-concurrency=2", "--test-timeout=120000"],
      ),
    ].every(Boolean);
process.exitCode = passed ? 0 : 1;
