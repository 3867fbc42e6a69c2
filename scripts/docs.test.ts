import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { type ErrorCode, MapperkitError } from "@mapperkit/api";
import { exitCodeOf } from "@mapperkit/runtime";

const root = resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(resolve(root, file), "utf8");

test("docs/errors.md lists the error codes of the source, with their exit codes", () => {
  const union = /export type ErrorCode =([^;]+);/.exec(read("sdk/api/src/errors.ts"))?.[1] ?? "";
  const codes = [...union.matchAll(/"(\w+)"/g)].map((match) => match[1] as ErrorCode);
  const rows = [...read("docs/errors.md").matchAll(/^\| `(\w+)`\s+\|.*\|\s(\d)\s+\|$/gm)];
  assert.deepEqual(
    rows.map((row) => [row[1], Number(row[2])]),
    codes.map((code) => [code, exitCodeOf(new MapperkitError(code, "example"))]),
  );
});

test("docs/architecture.md and README.md link only to files that exist", () => {
  for (const file of ["docs/architecture.md", "README.md"]) {
    for (const [, target] of read(file).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      const path = resolve(root, file, "..", target ?? "");
      assert.doesNotThrow(() => readFileSync(path), `${file} → ${target}`.replace(/\/$/, ""));
    }
  }
});
