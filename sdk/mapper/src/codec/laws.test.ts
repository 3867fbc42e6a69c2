import assert from "node:assert/strict";
import { test } from "node:test";
import { byteOrders, type DataType, dataTypes, isNumericType, numericForms } from "@mapperkit/api";
import fc from "fast-check";
import { sliceBlock } from "./block-slice.ts";
import { type AddressBits, blockBytesOf, type Encoding } from "./encoding.ts";
import { packBits, unpackBits } from "./packed-bits.ts";
import { nearestShortDecimal } from "./short-float.ts";
import { createCodec } from "./value-codec.ts";
import { formatDecoded, parseDecoded } from "./value-text.ts";

const RUNS = { numRuns: 2000 };
const finite = { noNaN: true, noDefaultInfinity: true };

function scalarOf(type: DataType): fc.Arbitrary<unknown> {
  if (type === "boolean") return fc.boolean();
  if (type === "float16") {
    const narrow = fc.float({ ...finite, min: -65_504, max: 65_504 });
    return narrow.map((x) => nearestShortDecimal(Math.f16round(x), "float16"));
  }
  if (type === "float32") return fc.float(finite).map((x) => nearestShortDecimal(x, "float32"));
  if (type === "float64") return fc.double(finite);
  if (type === "string") {
    return fc.string({ unit: "grapheme", maxLength: 5 }).map((text) => text.replaceAll("\0", ""));
  }
  if (type === "bytes") return fc.uint8Array({ minLength: 7, maxLength: 7 });
  if (!isNumericType(type)) throw new Error(type);
  const { least, greatest } = numericForms[type];
  const whole = fc.bigInt({ min: least, max: greatest });
  return type.endsWith("64") ? whole : whole.map(Number);
}

const sample = fc
  .record({
    type: fc.constantFrom(...dataTypes),
    byteOrder: fc.constantFrom(...byteOrders),
    length: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  })
  .chain(({ type, byteOrder, length }) => {
    const byteLength = type === "string" ? 160 : 7;
    const encoding: Encoding = {
      ...{ type, byteOrder },
      ...((type === "string" || type === "bytes") && { byteLength }),
      ...(length !== undefined && { arrayLength: length }),
    };
    const one = scalarOf(type);
    const value =
      length === undefined ? one : fc.array(one, { minLength: length, maxLength: length });
    return fc.record({ encoding: fc.constant(encoding), value, bits: fc.constantFrom(8, 16) });
  });

test("decode of encode is identity for every type, order, array and address width", () => {
  fc.assert(
    fc.property(sample, ({ encoding, value, bits }) => {
      const codec = createCodec(encoding, bits as 8 | 16);
      const bytes = codec.encode(value);
      assert.equal(bytes.length, codec.size);
      assert.equal(codec.size, blockBytesOf(encoding, bits as 8 | 16));
      assert.deepEqual(codec.decode(bytes), { value, quality: "Good", reason: "ok" });
    }),
    RUNS,
  );
});

test("what a twin's text says of a value is the value", () => {
  fc.assert(
    fc.property(sample, ({ encoding, value }) => {
      const codec = createCodec(encoding);
      const again = codec.encode(parseDecoded(encoding, formatDecoded(value)));
      assert.equal(formatDecoded(codec.decode(again).value), formatDecoded(value));
    }),
    RUNS,
  );
});

test("encode of decode is identity for scaled integers: no raw value is lost or moved", () => {
  const types = ["int8", "uint8", "int16", "uint16", "int32", "uint32"] as const;
  const scales = [0.1, 0.01, 0.001, 1e-6, 0.05, 3, 1000, -0.1, 0.3048, 1 / 3];
  const setup = fc.record({
    type: fc.constantFrom(...types),
    scale: fc.constantFrom(...scales),
    offset: fc.constantFrom(0, -40, 273.15, 1e6),
    byteOrder: fc.constantFrom(...byteOrders),
    bytes: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  });
  fc.assert(
    fc.property(setup, ({ bytes, ...encoding }) => {
      const codec = createCodec(encoding, 8);
      const raw = bytes.subarray(0, codec.size);
      assert.deepEqual(codec.encode(codec.decode(raw).value), Uint8Array.from(raw));
    }),
    RUNS,
  );
});

test("scaling by tenths is what a person would write down", () => {
  const codec = createCodec({ type: "int32", scale: 0.1 });
  fc.assert(
    fc.property(fc.integer(), (raw) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setInt32(0, raw);
      const { value } = codec.decode(bytes);
      const tenths = String(Math.abs(raw)).padStart(2, "0");
      const text = `${raw < 0 ? "-" : ""}${tenths.slice(0, -1)}.${tenths.slice(-1)}`;
      assert.equal(value, Number(text));
    }),
    RUNS,
  );
});

test("whatever the bytes, decode gives a value or a reason; whatever the value, encode gives bytes or refuses", () => {
  const anyEncoding = sample.map(({ encoding }) => ({ ...encoding, invalid: "0x7fff,-1" }));
  fc.assert(
    fc.property(
      anyEncoding,
      fc.uint8Array({ maxLength: 32 }),
      fc.anything(),
      (encoding, bytes, any) => {
        const codec = createCodec(encoding);
        const { value, quality } = codec.decode(bytes);
        assert.equal(quality === "Bad", value === undefined);
        try {
          assert.equal(codec.encode(any).length, codec.size);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "invalid_input");
        }
      },
    ),
    RUNS,
  );
});

test("read together equals read one by one, in bits, bytes and registers", () => {
  const parts = fc.array(
    fc.record({ start: fc.nat(60), length: fc.integer({ min: 1, max: 40 }) }),
    {
      minLength: 1,
    },
  );
  const memory = fc.uint8Array({ minLength: 250, maxLength: 250 });
  fc.assert(
    fc.property(parts, memory, fc.constantFrom<AddressBits>(1, 8, 16), (items, device, bits) => {
      const read = (start: number, length: number) =>
        bits === 1
          ? packBits(unpackBits(device, start, length))
          : device.slice((start * bits) / 8, ((start + length) * bits) / 8);
      const start = Math.min(...items.map((item) => item.start));
      const length = Math.max(...items.map((item) => item.start + item.length)) - start;
      const together = read(start, length);
      for (const item of items) {
        assert.deepEqual(
          sliceBlock(together, { start, length }, item, bits),
          read(item.start, item.length),
        );
      }
    }),
  );
});

test("bits unpack as they were packed", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 50 }), (bits) => {
      assert.deepEqual(unpackBits(packBits(bits), 0, bits.length), bits);
    }),
  );
});

test("four coils 1,1,0,1 of one byte are four values", () => {
  assert.deepEqual(unpackBits(new Uint8Array([0x0b]), 0, 4), [true, true, false, true]);
});

test("a block that is too short holds nothing", () => {
  const block = { start: 10, length: 4 };
  for (const part of [
    { start: 9, length: 1 },
    { start: 13, length: 2 },
    { start: 13, length: 1 },
  ]) {
    assert.throws(() => sliceBlock(new Uint8Array(7), block, part, 16), /must hold \d addresses/);
  }
});
