import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { coreDocsText } from "./testing/write-core-docs.ts";

test("the API reference is what the official client's declarations say", () => {
  const committed = readFileSync(resolve(import.meta.dirname, "core-docs.ts"), "utf8");
  assert.equal(committed, coreDocsText(), "run src/core-schema/testing/write-core-docs.ts");
});
