import assert from "node:assert/strict";
import { test } from "node:test";
import { type DataType, MapperkitError } from "@mapperkit/api";
import type { Encoding } from "./encoding.ts";
import { createCodec } from "./value-codec.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

const cases: { encoding: Encoding; bytes: string; value: unknown }[] = [
  { encoding: { type: "int8" }, bytes: "00ff", value: -1 },
  { encoding: { type: "uint8", byteOrder: "BADC" }, bytes: "ff00", value: 255 },
  { encoding: { type: "uint16" }, bytes: "0102", value: 258 },
  { encoding: { type: "uint16", byteOrder: "DCBA" }, bytes: "0201", value: 258 },
  { encoding: { type: "uint16", byteOrder: "CDAB" }, bytes: "0102", value: 258 },
  { encoding: { type: "int16" }, bytes: "ffff", value: -1 },
  { encoding: { type: "uint32" }, bytes: "01020304", value: 0x01020304 },
  { encoding: { type: "uint32", byteOrder: "DCBA" }, bytes: "04030201", value: 0x01020304 },
  { encoding: { type: "uint32", byteOrder: "BADC" }, bytes: "02010403", value: 0x01020304 },
  { encoding: { type: "uint32", byteOrder: "CDAB" }, bytes: "03040102", value: 0x01020304 },
  { encoding: { type: "int32" }, bytes: "80000000", value: -(2 ** 31) },
  { encoding: { type: "uint64" }, bytes: "0102030405060708", value: 0x0102030405060708n },
  {
    encoding: { type: "uint64", byteOrder: "DCBA" },
    ...{ bytes: "0807060504030201", value: 0x0102030405060708n },
  },
  {
    encoding: { type: "uint64", byteOrder: "BADC" },
    ...{ bytes: "0201040306050807", value: 0x0102030405060708n },
  },
  {
    encoding: { type: "uint64", byteOrder: "CDAB" },
    ...{ bytes: "0708050603040102", value: 0x0102030405060708n },
  },
  { encoding: { type: "int64" }, bytes: "8000000000000000", value: -(2n ** 63n) },
  { encoding: { type: "int64" }, bytes: "0020000000000001", value: 2n ** 53n + 1n },
  { encoding: { type: "float16" }, bytes: "4d05", value: 20.08 },
  { encoding: { type: "float16" }, bytes: "7bff", value: 65_504 },
  { encoding: { type: "float32" }, bytes: "41a40000", value: 20.5 },
  { encoding: { type: "float32" }, bytes: "41a0cccd", value: 20.1 },
  { encoding: { type: "float32", byteOrder: "CDAB" }, bytes: "cccd41a0", value: 20.1 },
  { encoding: { type: "float64" }, bytes: "4034199999999 99a", value: 20.1 },
  { encoding: { type: "bcd16" }, bytes: "1234", value: 1234 },
  { encoding: { type: "bcd32", byteOrder: "CDAB" }, bytes: "56781234", value: 12_345_678 },
  { encoding: { type: "boolean" }, bytes: "0001", value: true },
  { encoding: { type: "string", byteLength: 5 }, bytes: "4f76656e0000", value: "Oven" },
  {
    encoding: { type: "string", byteLength: 4, byteOrder: "BADC" },
    bytes: "764f6e65",
    value: "Oven",
  },
  { encoding: { type: "string", byteLength: 4 }, bytes: "c2b04300", value: "°C" },
  { encoding: { type: "bytes", byteLength: 3 }, bytes: "01020300", value: bytesOf("010203") },
  { encoding: { type: "int16", arrayLength: 3 }, bytes: "0001ffff0002", value: [1, -1, 2] },
  { encoding: { type: "int16", scale: 0.1 }, bytes: "08fc", value: 230 },
  { encoding: { type: "int16", scale: 0.1 }, bytes: "0003", value: 0.3 },
  { encoding: { type: "int16", scale: 0.1, offset: -40 }, bytes: "0001", value: -39.9 },
  { encoding: { type: "uint16", scale: -0.01, offset: 1.005 }, bytes: "0001", value: 0.995 },
  { encoding: { type: "uint32", scale: 1e-9 }, bytes: "ffffffff", value: 4.294967295 },
  { encoding: { type: "float32", scale: 10 }, bytes: "41a0cccd", value: 201 },
  {
    encoding: { type: "int64", scale: 0.001 },
    bytes: "7fffffffffffffff",
    value: 9223372036854776,
  },
  {
    encoding: {
      type: "bytes",
      fields: { level: { offset: 0, type: "int16" }, flow: { offset: 2, type: "float32" } },
      byteOrder: "BADC",
    },
    bytes: "0100a4410000",
    value: { level: 1, flow: 20.5 },
  },
];
for (const { encoding, bytes, value } of cases) {
  const shown = typeof value === "object" ? JSON.stringify(value) : value;
  test(`${JSON.stringify(encoding)} of ${bytes} is ${shown}, both ways`, () => {
    const codec = createCodec(encoding);
    const decoded = codec.decode(bytesOf(bytes));
    assert.deepEqual(decoded, { value, quality: "Good", reason: "ok" });
    // 9223372036854776 is not the only value of its double.
    if (encoding.type !== "int64" || !encoding.scale) {
      assert.equal(hex(codec.encode(value)), bytes.replaceAll(" ", ""));
    }
  });
}

const none: { encoding: Encoding; bytes: string; reason: string }[] = [
  { encoding: { type: "int16", invalid: "0x7fff,NaN" }, bytes: "7fff", reason: "sensorFault" },
  { encoding: { type: "int16", invalid: "-1" }, bytes: "ffff", reason: "sensorFault" },
  {
    encoding: { type: "int16", invalid: "0x8000", byteOrder: "BADC" },
    bytes: "0080",
    reason: "sensorFault",
  },
  {
    encoding: { type: "int64", invalid: "-9223372036854775808" },
    bytes: "8000000000000000",
    reason: "sensorFault",
  },
  {
    encoding: { type: "int16", invalid: "32767", scale: 0.1 },
    bytes: "7fff",
    reason: "sensorFault",
  },
  { encoding: { type: "float32" }, bytes: "7fc00000", reason: "sensorFault" },
  { encoding: { type: "float64", scale: 0.1 }, bytes: "7ff0000000000000", reason: "sensorFault" },
  { encoding: { type: "float16" }, bytes: "7c00", reason: "sensorFault" },
  { encoding: { type: "float32", invalid: "-999.5" }, bytes: "c479e000", reason: "sensorFault" },
  { encoding: { type: "bcd16" }, bytes: "12a4", reason: "typeMismatch" },
  { encoding: { type: "string", byteLength: 2 }, bytes: "ffff", reason: "typeMismatch" },
  {
    encoding: { type: "int16", arrayLength: 2, invalid: "0x7fff" },
    bytes: "00017fff",
    reason: "sensorFault",
  },
  { encoding: { type: "int32" }, bytes: "0001", reason: "protocolError" },
  { encoding: { type: "int16" }, bytes: "", reason: "protocolError" },
];
for (const { encoding, bytes, reason } of none) {
  test(`${JSON.stringify(encoding)} of "${bytes}" is Bad, ${reason}, and never 0`, () => {
    assert.deepEqual(createCodec(encoding).decode(bytesOf(bytes)), {
      value: undefined,
      quality: "Bad",
      reason,
    });
  });
}

const refused: { encoding: Encoding; value: unknown; says: RegExp; reason?: string }[] = [
  { encoding: { type: "uint16" }, value: 65_536, says: /65536, must be .* 0 to 65535/ },
  { encoding: { type: "uint16" }, value: -1, says: /is -1, must be a whole number of 0 to 65535/ },
  { encoding: { type: "int8" }, value: 128, says: /-128 to 127/ },
  { encoding: { type: "int64" }, value: 2n ** 63n, says: /9223372036854775808, must be/ },
  { encoding: { type: "uint64" }, value: 2 ** 64, says: /must be .* 0 to 18446744073709551615/ },
  { encoding: { type: "int16", scale: 0.1 }, value: 3276.76, says: /-3276.8 to 3276.7/ },
  { encoding: { type: "bcd16" }, value: 10_000, says: /0 to 9999/ },
  { encoding: { type: "float16" }, value: 65_520, says: /fits a float16/ },
  { encoding: { type: "float32" }, value: 1e39, says: /fits a float32/ },
  { encoding: { type: "int16", invalid: "0x7fff" }, value: 32_767, says: /mean none \(0x7fff\)/ },
  { encoding: { type: "string", byteLength: 2 }, value: "abc", says: /"abc", must be text of 2/ },
  {
    encoding: { type: "bytes", byteLength: 2 },
    value: new Uint8Array(3),
    says: /3 bytes, must be 2/,
  },
  { encoding: { type: "int16", arrayLength: 2 }, value: [1], says: /an array of 1, must be .* 2/ },
  { encoding: { type: "int16" }, value: 1.5, says: /is 1.5/, reason: "typeMismatch" },
  { encoding: { type: "int16" }, value: "1", says: /is "1"/, reason: "typeMismatch" },
  { encoding: { type: "float32" }, value: Number.NaN, says: /is NaN/, reason: "typeMismatch" },
  { encoding: { type: "boolean" }, value: 1, says: /true or false/, reason: "typeMismatch" },
  { encoding: { type: "string", byteLength: 2 }, value: "\0", says: /NUL/, reason: "typeMismatch" },
];
for (const { encoding, value, says, reason = "outOfRange" } of refused) {
  test(`${JSON.stringify(encoding)} refuses ${typeof value} ${String(value)}`, () => {
    assert.throws(
      () => createCodec(encoding).encode(value),
      (error) =>
        error instanceof MapperkitError &&
        error.code === "invalid_input" &&
        error.details.reason === reason &&
        says.test(error.message),
    );
  });
}

const halves: [number, string][] = [
  [0.25, "0002"],
  [0.35, "0004"],
  [-0.25, "fffe"],
  [0.251, "0003"],
  [21.05, "00d2"],
];
for (const [value, bytes] of halves) {
  test(`${value} at scale 0.1 is written as ${bytes}: halves go to the even`, () => {
    assert.equal(hex(createCodec({ type: "int16", scale: 0.1 }).encode(value)), bytes);
  });
}

test("a bit is set and cleared without touching its neighbours", () => {
  const codec = createCodec({ type: "boolean", bit: 9 });
  assert.equal(codec.needsCurrent, true);
  assert.equal(hex(codec.encode(true, bytesOf("8001"))), "8201");
  assert.equal(hex(codec.encode(false, bytesOf("ffff"))), "fdff");
  assert.equal(codec.decode(bytesOf("0200")).value, true);
  assert.throws(() => codec.encode(true), /needs the register's present value/);
});

test("a struct with gaps keeps what lies in them", () => {
  const codec = createCodec({ type: "bytes", fields: { b: { offset: 2, type: "int16" } } });
  assert.equal(codec.needsCurrent, true);
  assert.equal(hex(codec.encode({ b: 5 }, bytesOf("aaaabbbb"))), "aaaa0005");
});

test("coils are packed with the first in the least significant bit", () => {
  const codec = createCodec({ type: "boolean", arrayLength: 4 }, 1);
  assert.deepEqual(codec.decode(bytesOf("0b")).value, [true, true, false, true]);
  assert.equal(hex(codec.encode([true, true, false, true])), "0b");
});

const impossible: { encoding: Encoding; bits?: 1 | 16; field: string }[] = [
  { encoding: { type: "string" }, field: "byteLength" },
  { encoding: { type: "boolean", bit: 16 }, field: "bit" },
  { encoding: { type: "int16" }, bits: 1, field: "type" },
  { encoding: { type: "int17" as DataType }, field: "type" },
  { encoding: { type: "int16", invalid: "none" }, field: "invalid" },
];
for (const { encoding, bits, field } of impossible) {
  test(`no codec for ${JSON.stringify(encoding)} over ${bits ?? 16} bits: ${field}`, () => {
    assert.throws(() => createCodec(encoding, bits), { code: "invalid_input", details: { field } });
  });
}
