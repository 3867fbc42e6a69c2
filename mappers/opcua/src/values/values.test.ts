import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { builtIn, fromVariant } from "./from-variant.ts";
import { toVariant } from "./to-variant.ts";

const shown: readonly [type: keyof typeof builtIn, held: unknown, taken: unknown][] = [
  ["Boolean", true, true],
  ["Float", Math.fround(20.1), 20.1],
  ["Double", 20.1, 20.1],
  ["Int64", [0xffff_ffff, 0xffff_fffe], -2n],
  ["UInt64", [0x8000_0000, 1], 2n ** 63n + 1n],
  ["String", "pump", "pump"],
  ["LocalizedText", { text: "Pumpe", locale: "de" }, "Pumpe"],
  ["DateTime", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["Int16", new Int16Array([1, -2]), "[1,-2]"],
  ["Byte", Buffer.from([1, 2]), "[1,2]"],
  [
    "UInt64",
    [
      [0, 1],
      [1, 0],
    ],
    "[1,4294967296]",
  ],
  ["String", ["a", null], '["a",null]'],
  ["String", null, undefined],
];
for (const [type, held, taken] of shown) {
  test(`a node of type ${type} that holds ${JSON.stringify(held)} shows ${taken}`, () => {
    assert.deepEqual(fromVariant({ dataType: builtIn[type], value: held }), taken);
  });
}

test("a structure is refused, not guessed", () => {
  const value = { dataType: 22, value: { x: 1 } };
  assert.throws(() => fromVariant(value), {
    code: "invalid_input",
    details: { reason: "typeMismatch" },
  });
});

const widths = [
  ["SByte", -128n, 127n],
  ["Byte", 0n, 255n],
  ["Int16", -32_768n, 32_767n],
  ["UInt16", 0n, 65_535n],
  ["Int32", -(2n ** 31n), 2n ** 31n - 1n],
  ["UInt32", 0n, 2n ** 32n - 1n],
  ["Int64", -(2n ** 63n), 2n ** 63n - 1n],
  ["UInt64", 0n, 2n ** 64n - 1n],
] as const;
for (const [type, min, max] of widths) {
  test(`every ${type} is written as it is read; beyond its bounds it is refused`, () => {
    const form = { dataType: builtIn[type], isList: false };
    fc.assert(
      fc.property(fc.bigInt({ min, max }), (value) => {
        assert.equal(BigInt(fromVariant(toVariant(form, value)) as number | bigint), value);
      }),
    );
    for (const value of [min - 1n, max + 1n]) {
      assert.throws(() => toVariant(form, value), { details: { reason: "outOfRange" } });
    }
  });
}

test("whatever text is desired, a node gets it whole or it is refused with a reason", () => {
  const types = fc.constantFrom(...Object.values(builtIn));
  fc.assert(
    fc.property(types, fc.string(), fc.boolean(), (dataType, text, isList) => {
      try {
        fromVariant(toVariant({ dataType, isList }, text));
      } catch (error) {
        assert.match((error as { code: string }).code, /^(invalid_input|unsupported)$/);
      }
    }),
  );
});

test("what cannot be made text is refused as no value", () => {
  const value = { toString: false };
  assert.throws(() => fromVariant({ dataType: builtIn.ExpandedNodeId, value }), {
    details: { reason: "typeMismatch" },
  });
});

test("whatever a server shows, it is a value or refused as none", () => {
  const types = fc.constantFrom(...Object.values(builtIn));
  fc.assert(
    fc.property(types, fc.anything(), (dataType, value) => {
      try {
        fromVariant({ dataType, value });
      } catch (error) {
        assert.equal((error as { code?: string }).code, "invalid_input");
      }
    }),
  );
});
