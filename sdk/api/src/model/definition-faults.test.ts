import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { coil, holding, input } from "./addresses.ts";
import { findDefinitionFaults } from "./definition-faults.ts";
import { defineModel, type PropertyDefinition } from "./model-definition.ts";

test("a sound model has no faults", () => {
  const model = defineModel("oven", {
    temperature: input(0, "int16", { scale: 0.1, invalid: "0x7fff,NaN", heartbeat: "1m" }),
    setpoint: holding(0, "int16", { minimum: 20, maximum: 90, deadband: { percent: 1 } }),
    total: holding(1, "uint64", { minimum: 0n, maximum: 2n ** 64n - 1n }),
    low: { ...holding(5, "boolean"), bit: 0 },
    high: { ...holding(5, "boolean"), bit: 15 },
    echo: { ...holding(0, "int16"), accessMode: "ReadOnly" },
    curve: holding(6, "float32", { arrayLength: 8 }),
    next: holding(22, "string", { byteLength: 9 }),
    heater: coil(0),
    fan: coil(1),
    phase: { type: "bytes", fields: { v: { offset: 0, type: "float32" } } },
  });
  assert.deepEqual(findDefinitionFaults(model), []);
});

const mistakes: { property: unknown; field: string; reason: string; says: RegExp }[] = [
  { property: { type: "int17" }, field: "type", reason: "UnknownType", says: /"int17".*int16/ },
  {
    property: { type: "int16", minimum: 5, maximum: 4 },
    ...{ field: "minimum", reason: "InvalidBound", says: /is 5, must be 4 or less/ },
  },
  {
    property: { type: "int64", minimum: 2n ** 60n + 1n, maximum: 2n ** 60n },
    ...{
      field: "minimum",
      reason: "InvalidBound",
      says: /977, must be 1152921504606846976 or less/,
    },
  },
  {
    property: { type: "string", maximum: 4 },
    ...{ field: "maximum", reason: "InvalidBound", says: /string has no bounds/ },
  },
  {
    property: { type: "int16", minimum: Number.NaN },
    ...{ field: "minimum", reason: "InvalidBound", says: /NaN, must be a decimal number/ },
  },
  { property: { type: "int16", scale: 0 }, field: "scale", reason: "InvalidScale", says: /is 0/ },
  {
    property: { type: "boolean", offset: 1 },
    ...{ field: "offset", reason: "InvalidScale", says: /boolean is no number/ },
  },
  {
    property: { type: "boolean", bit: 16 },
    ...{ field: "bit", reason: "InvalidBit", says: /is 16, must be 0 to 15/ },
  },
  {
    property: { type: "uint16", bit: 1 },
    ...{ field: "bit", reason: "InvalidBit", says: /only a boolean/ },
  },
  {
    property: { type: "int16", invalid: "0x7fff,none" },
    ...{ field: "invalid", reason: "InvalidSentinel", says: /has "none"/ },
  },
  {
    property: { type: "int16", byteOrder: "AB" },
    ...{ field: "byteOrder", reason: "InvalidByteOrder", says: /is "AB"/ },
  },
  {
    property: { type: "int16", arrayLength: 0 },
    ...{ field: "arrayLength", reason: "InvalidLength", says: /is 0, must be a whole number/ },
  },
  {
    property: { type: "string", visitors: { space: "holdingRegister", address: 1 } },
    ...{ field: "byteLength", reason: "InvalidLength", says: /missing, must be the bytes/ },
  },
  {
    property: { type: "int16", byteLength: 4 },
    ...{ field: "byteLength", reason: "InvalidLength", says: /int16 has 2 bytes/ },
  },
  {
    property: { type: "bytes", byteLength: 3, fields: { a: { offset: 2, type: "int16" } } },
    ...{ field: "fields[a].offset", reason: "InvalidStruct", says: /behind the 3 bytes/ },
  },
  {
    property: { type: "int16", heartbeat: "soon" },
    ...{
      field: "heartbeat",
      reason: "InvalidDuration",
      says: /is "soon", must be a number with ms/,
    },
  },
  {
    property: { type: "int16", deadband: { absolute: -1 } },
    ...{ field: "deadband.absolute", reason: "InvalidDeadband", says: /is -1, must be 0 or more/ },
  },
  {
    property: { type: "int16", deadband: { percent: 1 } },
    ...{ field: "deadband.percent", reason: "InvalidDeadband", says: /range is unknown/ },
  },
  {
    property: { type: "int16", verify: { tolerance: -1 } },
    ...{ field: "verify.tolerance", reason: "InvalidVerify", says: /is -1/ },
  },
];
for (const { property, field, reason, says } of mistakes) {
  test(`${field} of ${describe(property)} is ${reason}`, () => {
    const faults = findDefinitionFaults(
      defineModel("m", { good: input(0, "int16"), p: property as PropertyDefinition }),
    );
    assert.equal(faults.length, 1, JSON.stringify(faults));
    assert.deepEqual(
      { ...faults[0], message: "" },
      { field: `properties[p].${field}`, property: "p", reason, message: "" },
    );
    assert.match(faults[0]?.message ?? "", says);
    assert.ok(faults[0]?.message.startsWith(`properties[p].${field} `));
  });
}

const overlaps: { title: string; a: PropertyDefinition; b: PropertyDefinition }[] = [
  { title: "the same register", a: holding(4, "int16"), b: holding(4, "uint16") },
  { title: "the tail of a float", a: holding(4, "float64"), b: holding(7, "uint16") },
  {
    title: "a bit of a written word",
    a: holding(4, "int16"),
    b: holding(4, "boolean", { bit: 1 }),
  },
  { title: "the same coil", a: coil(4), b: coil(4) },
  {
    title: "the same bit",
    a: holding(4, "boolean", { bit: 1 }),
    b: holding(4, "boolean", { bit: 1 }),
  },
];
for (const { title, a, b } of overlaps) {
  test(`two writable properties on ${title}`, () => {
    const [fault, ...more] = findDefinitionFaults(defineModel("m", { a, b }));
    assert.deepEqual(more, []);
    assert.equal(fault?.reason, "OverlappingRegisters");
    assert.match(
      fault?.message ?? "",
      /properties\[[ab]\]\.visitors\.address is \d, but "[ab]" covers/,
    );
  });
}

test("whatever a property is, its faults are told and not thrown", () => {
  const types = fc.constantFrom("int16", "string", "boolean", "bytes", "float32");
  fc.assert(
    fc.property(types, fc.dictionary(fc.string(), fc.jsonValue()), (type, parts) => {
      const scalars = Object.entries(parts).filter(([, v]) => typeof v !== "object");
      const property = { ...Object.fromEntries(scalars), type } as PropertyDefinition;
      findDefinitionFaults(defineModel("m", { p: property, q: property }));
    }),
  );
});

function describe(property: unknown): string {
  return JSON.stringify(property, (_, value) =>
    typeof value === "bigint" || Number.isNaN(value) ? String(value) : value,
  );
}
