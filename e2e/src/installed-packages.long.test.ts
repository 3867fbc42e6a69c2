import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { test } from "node:test";
import { eventually } from "./harness/eventually.ts";
import { ScratchFolder } from "./harness/scratch-folder.ts";

const root = resolve(import.meta.dirname, "../..");
const run = (command: string, args: readonly string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** The folders of all packages that others install. */
function publishedFolders(): string[] {
  return globSync("{*,*/*}/package.json", { cwd: root, exclude: ["node_modules"] })
    .filter((file) => {
      const manifest = JSON.parse(readFileSync(resolve(root, file), "utf8"));
      return !manifest.private && manifest.files !== undefined;
    })
    .map(dirname);
}

test("the command runs from packed packages in an empty project", async () => {
  using project = new ScratchFolder();
  run("npm", ["run", "build"], root);
  const tarballs = publishedFolders().map((folder) => {
    const [packed] = JSON.parse(
      run("npm", ["pack", "--json", "--pack-destination", project.path], resolve(root, folder)),
    ) as [{ filename: string; files: { path: string }[] }];
    const tests = packed.files.filter(({ path }) => /\.test\.[jt]s$|\/fixtures\//.test(path));
    assert.deepEqual(tests, [], `${folder} would publish tests`);
    return `./${packed.filename}`;
  });
  writeFileSync(project.join("package.json"), '{ "name": "empty", "private": true }');
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs], project.path);

  const command = project.join("node_modules/.bin/mapperkit");
  const { version } = JSON.parse(readFileSync(resolve(root, "cli/package.json"), "utf8"));
  assert.equal(run(command, ["--version"], project.path).trim(), version);

  const ports = ["kubernetes", "hub", "webhook", "mqtt", "counter"].flatMap((p) => [
    `--${p}-port`,
    "0",
  ]);
  const child = spawn(command, ["up", ...ports], { cwd: project.path });
  let printed = "";
  child.stdout.on("data", (text) => {
    printed += text;
  });
  child.stderr.on("data", (text) => {
    printed += text;
  });
  try {
    await eventually("the system is ready", () => /is ready/.test(printed) || undefined, 30_000);
  } catch (error) {
    throw new Error(printed, { cause: error });
  } finally {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
  }
});
