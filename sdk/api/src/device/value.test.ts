import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkDesired } from "./desired-value.ts";
import type { ModelProperty } from "./device-model.ts";
import { checkValueOfType } from "./value-type.ts";

const values: { type: string; good: string[]; bad: string[]; reason: string }[] = [
  { type: "", good: ["", "any"], bad: [], reason: "" },
  { type: "string", good: ["", "any °C"], bad: [], reason: "" },
  { type: "deleted", good: ["x"], bad: [], reason: "" },
  { type: "bytes", good: ["", "AAEC"], bad: [], reason: "" },
  {
    type: "int",
    good: [
      "0",
      "-5",
      "+7",
      "007",
      "9223372036854775808",
      "18446744073709551615",
      "-9223372036854775808",
    ],
    bad: ["", "1.0", "1e3", "0x10", " 1", "18446744073709551616", "-9223372036854775809", "abc"],
    reason: "the value is not int or integer",
  },
  { type: "integer", good: ["12"], bad: ["1_000"], reason: "the value is not int or integer" },
  {
    type: "float",
    good: [
      "1",
      "-1.5",
      ".5",
      "5.",
      "1e3",
      "NaN",
      "nan",
      "Inf",
      "-Infinity",
      "+inf",
      "0x1p-2",
      "0X.8P1",
    ],
    bad: ["", "1,5", "1e", ".", "1e999", "+NaN", "0x10", "1 ", "one"],
    reason: "the value is not float",
  },
  { type: "double", good: ["1e3", "NaN"], bad: ["x"], reason: "the value is not double" },
  {
    type: "boolean",
    good: ["true", "false"],
    bad: ["", "True", "1", "ON"],
    reason: "the bool value must be true or false",
  },
  {
    type: "array",
    good: ["[]", "[1]"],
    bad: ["", "{}", "1", "["],
    reason: "the value is not a JSON array",
  },
  {
    type: "object",
    good: ["{}"],
    bad: ["[]", "null", "{"],
    reason: "the value is not a JSON object",
  },
  { type: "Updated", good: [], bad: ["x"], reason: "the value type is not allowed" },
  { type: "INT", good: [], bad: ["1"], reason: "the value type is not allowed" },
];
for (const { type, good, bad, reason } of values) {
  test(`type "${type}" takes ${JSON.stringify(good)} and refuses ${JSON.stringify(bad)}`, () => {
    for (const value of good) assert.equal(checkValueOfType(type, value), undefined, value);
    for (const value of bad) assert.equal(checkValueOfType(type, value), reason, value);
  });
}

const level = { name: "level", minimum: "-5", maximum: "1e2" };
const desired: { property: ModelProperty; value: string; reason?: string; says?: RegExp }[] = [
  { property: { name: "p" }, value: "anything" },
  { property: { name: "p", type: "STRING" }, value: "" },
  { property: { name: "p", type: "STRING", minimum: "5" }, value: "1" },
  { property: { name: "p", type: "BOOLEAN" }, value: "true" },
  {
    property: { name: "p", type: "BOOLEAN" },
    value: "ON",
    reason: "WrongType",
    says: /"true" or "false"/,
  },
  { property: { ...level, type: "INT" }, value: "100" },
  { property: { ...level, type: "INT" }, value: "-6", reason: "OutOfRange", says: /-5 or more/ },
  { property: { ...level, type: "INT" }, value: "1.5", reason: "WrongType", says: /whole number/ },
  {
    property: { ...level, type: "FLOAT" },
    value: "100.5",
    reason: "OutOfRange",
    says: /1e2 or less/,
  },
  {
    property: { ...level, type: "DOUBLE" },
    value: "NaN",
    reason: "WrongType",
    says: /decimal number/,
  },
  { property: { ...level, type: "FLOAT" }, value: "", reason: "WrongType", says: /decimal number/ },
  {
    property: { name: "p", type: "INT", maximum: "9007199254740993" },
    value: "9007199254740994",
    reason: "OutOfRange",
    says: /9007199254740993 or less/,
  },
  { property: { name: "p", type: "INT", maximum: "9007199254740993" }, value: "9007199254740993" },
  { property: { name: "p", type: "INT", minimum: "", maximum: "many" }, value: "5" },
  {
    property: { name: "p", accessMode: "ReadOnly" },
    value: "5",
    reason: "ReadOnlyProperty",
    says: /ReadOnly/,
  },
  { property: { name: "p" }, value: "é".repeat(32_768) },
  {
    property: { name: "p" },
    value: "é".repeat(32_769),
    reason: "ValueTooLong",
    says: /65538 bytes.*65536/,
  },
];
for (const { property, value, reason, says } of desired) {
  const shown = value.length > 20 ? `${value.length} characters` : JSON.stringify(value);
  test(`desired ${shown} of ${JSON.stringify(property)} is ${reason ?? "allowed"}`, () => {
    const fault = checkDesired(property, value);
    assert.equal(fault?.reason, reason);
    if (!says) return;
    assert.match(fault?.message ?? "", says);
    assert.equal(fault?.field, `spec.properties[${property.name}].desired.value`);
    assert.equal(fault?.property, property.name);
  });
}

test("the length of a value is counted in bytes of UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const padding = "x".repeat(65_537 - new TextEncoder().encode(text).byteLength);
      assert.equal(checkDesired({ name: "p" }, text + padding)?.reason, "ValueTooLong");
      assert.equal(checkDesired({ name: "p" }, text + padding.slice(1)), undefined);
    }),
  );
});
