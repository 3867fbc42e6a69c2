import assert from "node:assert/strict";
import { test } from "node:test";
import type { PropertyDefinition } from "@mapperkit/api";
import { twinTextOf, valueOfTwinText } from "./twin-text.ts";

const cases: readonly { definition: PropertyDefinition; value: unknown; text: string }[] = [
  { definition: { type: "int64" }, value: -(2n ** 63n), text: "-9223372036854775808" },
  { definition: { type: "boolean" }, value: true, text: "true" },
  { definition: { type: "bytes" }, value: Uint8Array.of(1, 255), text: "Af8=" },
  { definition: { type: "int16", arrayLength: 2 }, value: [1, -2], text: "[1,-2]" },
  {
    definition: { type: "uint64", arrayLength: 2 },
    value: [2n ** 64n - 1n, 0n],
    text: '["18446744073709551615","0"]',
  },
  {
    definition: {
      type: "bytes",
      fields: { on: { offset: 0, type: "boolean" }, total: { offset: 2, type: "int64" } },
    },
    value: { on: true, total: 2n ** 53n + 1n },
    text: '{"on":true,"total":"9007199254740993"}',
  },
];
for (const { definition, value, text } of cases) {
  test(`${text} is the text of a value of type ${definition.type}, both ways`, () => {
    assert.equal(twinTextOf(value), text);
    assert.deepEqual(valueOfTwinText(definition, text), value);
  });
}
