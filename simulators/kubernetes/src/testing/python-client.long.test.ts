import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { TestServer } from "./test-server.ts";

/** Debian's python has Debian's packages; another python in the PATH may not. */
const PYTHON = "/usr/bin/python3";
const WALK = resolve(import.meta.dirname, "fixtures/python/walk.py");

function whyNoClient(): string | false {
  try {
    execFileSync(PYTHON, ["-c", "import kubernetes"], { stdio: "ignore" });
    return false;
  } catch {
    return process.env.CI === "true" ? false : "python3-kubernetes is not installed";
  }
}

test("Debian's python client walks through the API", { skip: whyNoClient() }, async () => {
  await using server = await TestServer.start();
  const { stdout } = await promisify(execFile)(PYTHON, [WALK, server.kubernetes.kubeconfigFile]);
  assert.deepEqual(stdout.trim().split("\n"), [
    "version 1",
    "created {'a': 'b'}",
    "again 409 Conflict",
    "patched ['a', 'c']",
    "dry run f",
    "not kept False",
    "watched ['ADDED s', 'DELETED s']",
    "box {'size': 2}",
    "refused 422",
    "boxes 1",
    "scaled 0",
    "strategy RollingUpdate",
    "may True",
    "done",
  ]);
});
