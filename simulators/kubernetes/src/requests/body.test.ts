import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StatusError } from "../status/index.ts";
import { decodeBody, parseYaml } from "./body.ts";

const yaml: [text: string, value: unknown][] = [
  ["a: on", { a: true }],
  ["a: No", { a: false }],
  ['a: "on"', { a: "on" }],
  ["a: 0o17", { a: "0o17" }],
  ["a: 017", { a: 15 }],
  ["a: 2020-01-01", { a: "2020-01-01" }],
  ["a: 1_000", { a: 1000 }],
  ["a: ~", { a: null }],
  ["", null],
];
for (const [text, value] of yaml) {
  test(`YAML 1.1: ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await parseYaml(Buffer.from(text)), value);
  });
}

test("any JSON value is read back; rubbish is a 400 and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const text = JSON.stringify(value);
      assert.equal(JSON.stringify(await decodeBody(Buffer.from(text), "", true)), text);
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array(),
      fc.constantFrom("application/json", "application/yaml"),
      async (bytes, mediaType) => {
        try {
          await decodeBody(Buffer.from(bytes), mediaType, false);
        } catch (error) {
          assert.ok(error instanceof StatusError, String(error));
          assert.equal(error.code, 400);
        }
      },
    ),
  );
});

test("a document that grows by its aliases is refused", async () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let n = 1; n < 9; n++) lines.push(`a${n}: &a${n} [${`*a${n - 1}, `.repeat(10)}]`);
  await assert.rejects(parseYaml(Buffer.from(lines.join("\n"))), StatusError);
});
