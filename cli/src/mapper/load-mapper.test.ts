import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { loadMapper } from "./load-mapper.ts";

const cases: [name: string, text: string | undefined, message: RegExp][] = [
  ["missing.ts", undefined, /missing\.ts: no such file$/],
  ["README.md", "# no program", /README\.md cannot be loaded: .*extension/],
  ["throws.mjs", "throw new Error('no bus')", /throws\.mjs cannot be loaded: Error: no bus$/],
  ["empty.mjs", "export {};", /empty\.mjs: expected a mapper as default export/],
];
for (const [name, text, message] of cases) {
  test(`${name} is refused in one line that names it`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "mapperkit-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, name);
    if (text !== undefined) writeFileSync(file, text);
    await assert.rejects(loadMapper(file), (error) => {
      assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
      assert.match(error.message, message);
      return !error.message.includes("\n");
    });
  });
}
