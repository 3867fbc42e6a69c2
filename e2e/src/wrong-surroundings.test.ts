import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { ScratchFolder } from "./harness/scratch-folder.ts";

const bin = resolve(import.meta.dirname, "../../cli/bin/mapperkit.js");

/** Runs the command to its end; the output must be one line. */
function fails(args: readonly string[], env: Record<string, string> = {}) {
  const result = spawnSync(process.execPath, [bin, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    timeout: 20_000,
  });
  assert.equal(result.stderr.trim().split("\n").length, 1, result.stderr);
  return { code: result.status, line: result.stderr };
}

test("a folder that cannot be written: one line that says what to do, exit code 2", () => {
  const { code, line } = fails(["up", "--data", "/proc/no-such-folder"]);
  assert.equal(code, 2);
  assert.match(line, /\/proc\/no-such-folder.*--data/);
});

test("a broken configuration names the key, exit code 2", () => {
  using folder = new ScratchFolder();
  const file = folder.join("up.yaml");
  writeFileSync(file, "ports:\n  mqtt: many\n");
  const { code, line } = fails(["up", "--data", folder.path, "--config", file]);
  assert.equal(code, 2);
  assert.match(line, /ports\.mqtt/);
});

test("a configuration that is no YAML names the file, exit code 2", () => {
  using folder = new ScratchFolder();
  const file = folder.join("up.yaml");
  writeFileSync(file, "ports: [\n");
  const { code, line } = fails(["up", "--data", folder.path, "--config", file]);
  assert.equal(code, 2);
  assert.match(line, /up\.yaml/);
});

test("an unknown command or flag: exit code 2", () => {
  assert.equal(fails(["upp"]).code, 2);
  assert.equal(fails(["up", "--colour"]).code, 2);
});

test("no cluster to talk to: exit code 3 for a server that does not answer", () => {
  using folder = new ScratchFolder();
  const file = folder.join("kubeconfig");
  const cluster = { server: "https://127.0.0.1:1" };
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  const { code, line } = fails(["device", "list", "--kubeconfig", file]);
  assert.equal(code, 3, line);
});
