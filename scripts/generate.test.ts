import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { deviceCrds, ruleCrds } from "@mapperkit/api/crds";
import { parse } from "yaml";
import { generatedFiles } from "./generate.ts";

const root = resolve(import.meta.dirname, "..");
const files = generatedFiles();

for (const [index, { path, text }] of files.entries()) {
  test(`${path} is current (else: npm run generate)`, () => {
    assert.equal(readFileSync(resolve(root, path), "utf8"), text);
  });

  test(`${path} says in YAML what the code says`, () => {
    assert.deepEqual(parse(text, { version: "1.1" }), [...deviceCrds, ...ruleCrds][index]);
  });
}

test("manifests/crds holds nothing that is not generated", () => {
  const found = globSync("manifests/crds/*", { cwd: root });
  assert.deepEqual(found.sort(), files.map(({ path }) => path).sort());
});
