import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatDecoded, parseDecoded } from "./value-text.ts";

const counters = {
  type: "bytes",
  fields: {
    flags: { offset: 0, type: "uint16" },
    total: { offset: 2, type: "uint64" },
    balance: { offset: 10, type: "int64" },
    flow: { offset: 18, type: "float32" },
  },
} as const;

test("64-bit fields are exact wherever in the struct they lie", () => {
  const total = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const balance = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(total, balance, (total, balance) => {
      const value = { flags: 7, total, balance, flow: 20.5 };
      assert.deepEqual(parseDecoded(counters, formatDecoded(value)), value);
    }),
  );
});

test("a number of a struct may be given as text, as 64-bit ones are", () => {
  const text = '{"flags":"7","total":"1","balance":"-1","flow":"2e1"}';
  assert.deepEqual(parseDecoded(counters, text), { flags: 7n, total: 1n, balance: -1n, flow: 20 });
});
