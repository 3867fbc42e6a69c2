import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

const readme = resolve(import.meta.dirname, "../../../simulators/plant/README.md");

test("what the README of plants says of Modbus runs as it stands there", () => {
  const programs = [...readFileSync(readme, "utf8").matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code = ""]) => code,
  );
  const program = programs.find((code) => code.includes("modbusTcp("));
  assert.ok(program);
  const flags = ["--conditions=source", "--input-type=module-typescript", "--eval", program];
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^tcp:\/\/127\.0\.0\.1:\d+, temperature 20\n$/);
});
