import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** Time and chance are injected; only these places may take them from the machine. */
const ALLOWED = [
  /^sdk\/runtime\/src\//,
  /^simulators\/[^/]+\/src\/main\.ts$/,
  /^(e2e|bench|scripts)\//,
  /\.test\.ts$/,
];
const TAKEN = /\b(Date\.now|Math\.random|performance\.now|setTimeout|setInterval)\(|new Date\(\)/;

test("no package takes time or chance from the machine", () => {
  const offenders = globSync("{sdk,mappers,simulators}/*/src/**/*.ts", { cwd: root })
    .concat(globSync("{cloudcore,edgecore,cli}/src/**/*.ts", { cwd: root }))
    .filter((file) => !ALLOWED.some((allowed) => allowed.test(file)))
    .flatMap((file) =>
      readFileSync(resolve(root, file), "utf8")
        .split("\n")
        .flatMap((line, index) =>
          TAKEN.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
  assert.deepEqual(offenders, []);
});
