import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDesired, type PropertyType } from "@mapperkit/api";
import fc from "fast-check";
import { formatValue, toPropertyValue, twinTypeOf } from "./property-value.ts";

const good: { type: PropertyType; from: unknown; text: string }[] = [
  { type: "INT", from: 42, text: "42" },
  { type: "INT", from: " -7\r", text: "-7" },
  { type: "INT", from: "+7", text: "7" },
  { type: "INT", from: "9223372036854775807", text: "9223372036854775807" },
  { type: "INT", from: 16_777_217n, text: "16777217" },
  { type: "DOUBLE", from: "21.37", text: "21.37" },
  { type: "DOUBLE", from: "45.20", text: "45.2" },
  { type: "FLOAT", from: 1e21, text: "1e+21" },
  { type: "FLOAT", from: "-.5e1", text: "-5" },
  { type: "BOOLEAN", from: "TRUE", text: "true" },
  { type: "BOOLEAN", from: 0, text: "false" },
  { type: "STRING", from: 5, text: "5" },
  { type: "STRING", from: "", text: "" },
  { type: "BYTES", from: new Uint8Array([1, 255]), text: "Af8=" },
  { type: "BYTES", from: "Af8=", text: "Af8=" },
];
for (const { type, from, text } of good) {
  test(`${typeof from} ${from} is the ${type} ${text}`, () => {
    assert.equal(formatValue(toPropertyValue(type, from)), text);
  });
}

const bad: { type: PropertyType; from: unknown; reason: string }[] = [
  { type: "INT", from: "", reason: "typeMismatch" },
  { type: "INT", from: "1.0", reason: "typeMismatch" },
  { type: "INT", from: 1.5, reason: "typeMismatch" },
  { type: "INT", from: 2 ** 53, reason: "typeMismatch" },
  { type: "INT", from: "9223372036854775808", reason: "outOfRange" },
  { type: "INT", from: undefined, reason: "typeMismatch" },
  { type: "DOUBLE", from: "", reason: "typeMismatch" },
  { type: "DOUBLE", from: "0x10", reason: "typeMismatch" },
  { type: "DOUBLE", from: "1e999", reason: "typeMismatch" },
  { type: "DOUBLE", from: Number.NaN, reason: "sensorFault" },
  { type: "FLOAT", from: Number.POSITIVE_INFINITY, reason: "sensorFault" },
  { type: "BOOLEAN", from: "ON", reason: "typeMismatch" },
  { type: "BOOLEAN", from: 2, reason: "typeMismatch" },
  { type: "STRING", from: null, reason: "typeMismatch" },
  { type: "STRING", from: { a: 1 }, reason: "typeMismatch" },
  { type: "BYTES", from: "not base64!", reason: "typeMismatch" },
];
for (const { type, from, reason } of bad) {
  test(`${typeof from} ${JSON.stringify(from) ?? from} is no ${type}: ${reason}`, () => {
    assert.throws(() => toPropertyValue(type, from), {
      code: "invalid_input",
      details: { reason, type },
    });
  });
}

const types: PropertyType[] = ["INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN", "BYTES"];

test("what is read and formatted reads as the same again", () => {
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.anything(), (type, from) => {
      let text: string;
      try {
        text = formatValue(toPropertyValue(type, from));
      } catch {
        return;
      }
      assert.equal(formatValue(toPropertyValue(type, text)), text);
    }),
  );
});

test("every desired text that the model allows can be written", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<PropertyType>("INT", "FLOAT", "DOUBLE", "STRING", "BOOLEAN"),
      fc.oneof(
        fc.string(),
        fc.double().map(String),
        fc.bigInt().map(String),
        fc.boolean().map(String),
      ),
      (type, text) => {
        if (checkDesired({ name: "p", type, accessMode: "ReadWrite" }, text)) return;
        toPropertyValue(type, text);
      },
    ),
  );
});

test("each type has a word that stock edges accept", () => {
  assert.deepEqual(types.map(twinTypeOf), ["int", "float", "float", "string", "boolean", "string"]);
});
