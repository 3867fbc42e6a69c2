import assert from "node:assert/strict";
import { test } from "node:test";
import { byteOrders, defineModel, numericForms, type PropertyDefinition } from "@mapperkit/api";
import { type SimProperty, simPropertiesOf } from "@mapperkit/sim-plant";
import fc from "fast-check";
import { registersOf, sentinelOf, valueBehind } from "./register-codec.ts";

function propertyOf(definition: PropertyDefinition): SimProperty {
  const [property] = simPropertiesOf(defineModel("one", { value: definition }));
  assert.ok(property);
  return property;
}

const cases: [definition: PropertyDefinition, value: unknown, hex: string][] = [
  [{ type: "uint16" }, 258, "0102"],
  [{ type: "int16" }, -2, "fffe"],
  [{ type: "int8" }, -2, "fffe"],
  [{ type: "uint8" }, 200, "00c8"],
  [{ type: "int16", scale: 0.1 }, 20.5, "00cd"],
  [{ type: "uint16", scale: 0.5, offset: -40 }, 10, "0064"],
  [{ type: "uint32" }, 0x01020304, "01020304"],
  [{ type: "uint32", byteOrder: "CDAB" }, 0x01020304, "03040102"],
  [{ type: "uint32", byteOrder: "BADC" }, 0x01020304, "02010403"],
  [{ type: "uint32", byteOrder: "DCBA" }, 0x01020304, "04030201"],
  [{ type: "uint64", byteOrder: "CDAB" }, 0x0102030405060708n, "0708050603040102"],
  [{ type: "int64" }, -1n, "ffffffffffffffff"],
  [{ type: "float16" }, 1.5, "3e00"],
  [{ type: "float32" }, 20.5, "41a40000"],
  [{ type: "float64" }, 20.5, "4034800000000000"],
  [{ type: "bcd16" }, 1234, "1234"],
  [{ type: "bcd32" }, 12_345_678, "12345678"],
  [{ type: "boolean" }, true, "0001"],
  [{ type: "boolean", bit: 9 }, true, "0200"],
  [{ type: "string", byteLength: 4 }, "abc", "61626300"],
  [{ type: "string", byteLength: 4, byteOrder: "BADC" }, "abcd", "62616463"],
  [{ type: "bytes", byteLength: 3 }, Uint8Array.of(1, 2, 3), "01020300"],
  [{ type: "int16", arrayLength: 2 }, [1, -1], "0001ffff"],
  [
    {
      type: "bytes",
      byteLength: 6,
      fields: { level: { type: "int16", offset: 0 }, flow: { type: "float32", offset: 2 } },
    },
    { level: 5, flow: 20.5 },
    "000541a40000",
  ],
];
for (const [definition, value, hex] of cases) {
  test(`${JSON.stringify(definition)} ${hex}, both ways`, () => {
    const property = propertyOf(definition);
    assert.equal(Buffer.from(registersOf(property, value)).toString("hex"), hex);
    const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
    const back = valueBehind(property, bytes);
    const padded = value instanceof Uint8Array ? value : back;
    assert.deepEqual(definition.type === "bytes" && !definition.fields ? padded : back, value);
  });
}

test("what does not fit becomes the nearest that does; a sentinel stands for no value", () => {
  assert.deepEqual([...registersOf(propertyOf({ type: "uint16" }), 70_000)], [255, 255]);
  assert.deepEqual([...registersOf(propertyOf({ type: "int16" }), -1e9)], [0x80, 0]);
  assert.deepEqual([...registersOf(propertyOf({ type: "int16" }), Number.NaN)], [0, 0]);
  const gone = propertyOf({ type: "int16", invalid: "0x8000,-1" });
  assert.deepEqual([...(sentinelOf(gone) ?? [])], [0x80, 0]);
});

test("every whole number comes back in every byte order", () => {
  const types = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const;
  const word = fc.constantFrom(...types).chain((type) => {
    const { least, greatest } = numericForms[type];
    return fc.tuple(fc.constant(type), fc.bigInt(least, greatest), fc.constantFrom(...byteOrders));
  });
  fc.assert(
    fc.property(word, ([type, raw, byteOrder]) => {
      const property = propertyOf({ type, byteOrder });
      const value = property.kind === "bigint" ? raw : Number(raw);
      assert.equal(valueBehind(property, registersOf(property, value)), value);
    }),
  );
});
