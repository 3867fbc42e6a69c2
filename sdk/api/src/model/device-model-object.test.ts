import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDeviceModel } from "../device/parse-device.ts";
import { holding, input } from "./addresses.ts";
import { byteOrders, type DataType, dataTypes } from "./data-type.ts";
import { propertyTypeOf, toDeviceModel, toModelDefinition } from "./device-model-object.ts";
import { defineModel, type PropertyDefinition } from "./model-definition.ts";

test("a definition becomes a v1beta1 DeviceModel with flat facts, and back", () => {
  const oven = defineModel("oven", {
    temperature: input(0, "int16", { scale: 0.1, unit: "Cel", deadband: { absolute: 0.5 } }),
    setpoint: holding(0, "uint64", { maximum: 2n ** 60n + 1n, verify: { within: "2000ms" } }),
    reset: { type: "boolean", accessMode: "WriteOnly" },
    phase: { type: "bytes", accessMode: "ReadOnly", fields: { v: { offset: 2, type: "int16" } } },
  });
  const object = toDeviceModel(oven, { namespace: "plant", protocol: "modbus-tcp" });
  assert.deepEqual(object, {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata: { name: "oven", namespace: "plant" },
    spec: {
      protocol: "modbus-tcp",
      properties: [
        {
          name: "temperature",
          type: "DOUBLE",
          accessMode: "ReadOnly",
          unit: "Cel",
          visitors: {
            configData: {
              ...{ space: "inputRegister", address: 0 },
              ...{ dataType: "int16", scale: 0.1, deadband: 0.5 },
            },
          },
        },
        {
          name: "setpoint",
          type: "INT",
          accessMode: "ReadWrite",
          maximum: "1152921504606846977",
          visitors: {
            configData: {
              ...{ space: "holdingRegister", address: 0, dataType: "uint64" },
              ...{ verify: "readback", verifyWithinMs: 2000 },
            },
          },
        },
        {
          name: "reset",
          type: "BOOLEAN",
          accessMode: "ReadWrite",
          visitors: { configData: { dataType: "boolean", writeOnly: true } },
        },
        {
          name: "phase",
          type: "STRING",
          accessMode: "ReadOnly",
          visitors: { configData: { dataType: "bytes", fields: "v:int16@2" } },
        },
      ],
    },
  });
  assert.deepEqual(toModelDefinition(object), oven);
});

const words: { type: DataType; more?: Partial<PropertyDefinition>; word: string }[] = [
  { type: "boolean", word: "BOOLEAN" },
  { type: "uint8", word: "INT" },
  { type: "bcd32", word: "INT" },
  { type: "int32", more: { scale: 0.5 }, word: "DOUBLE" },
  { type: "int32", more: { offset: -40 }, word: "DOUBLE" },
  { type: "float32", word: "FLOAT" },
  { type: "float16", word: "FLOAT" },
  { type: "float64", word: "DOUBLE" },
  { type: "string", word: "STRING" },
  { type: "bytes", word: "BYTES" },
  { type: "uint16", more: { arrayLength: 4 }, word: "STRING" },
];
for (const { type, more, word } of words) {
  test(`${type} ${JSON.stringify(more ?? {})} is a ${word} in Kubernetes`, () => {
    assert.equal(propertyTypeOf({ type, ...more }), word);
  });
}

test("a model without facts gives the widest types, one with wrong facts says which", () => {
  const metadata = { name: "m" };
  const head = {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata,
  } as const;
  const properties = [{ name: "a", type: "INT" as const }, { name: "b" }];
  const bare = toModelDefinition({ ...head, spec: { properties } });
  assert.deepEqual(bare.properties, {
    a: { type: "int64", accessMode: "ReadOnly" },
    b: { type: "string", accessMode: "ReadOnly" },
  });
  const visitors = { configData: { dataType: "int17", scale: 0 } };
  assert.throws(
    () => toModelDefinition({ ...head, spec: { properties: [{ name: "a", visitors }] } }),
    /\[a\]\.visitors\.configData\.dataType is "int17", must be one of[^;]*; .*scale is 0, must not be 0/,
  );
});

const definition = fc.record(
  {
    type: fc.constantFrom(...dataTypes),
    accessMode: fc.constantFrom("ReadOnly", "ReadWrite", "WriteOnly"),
    description: fc.string(),
    unit: fc.string(),
    minimum: fc.oneof(fc.integer(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n })),
    maximum: fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((x) => !Object.is(x, -0) && (!Number.isInteger(x) || Number.isSafeInteger(x))),
    arrayLength: fc.integer({ min: 1, max: 99 }),
    byteLength: fc.integer({ min: 1, max: 99 }),
    scale: fc.constantFrom(0.1, 1e-9, 5),
    offset: fc.constantFrom(-40, 0.5),
    precision: fc.integer({ min: 0, max: 15 }),
    deadband: fc.record(
      {
        absolute: fc.constantFrom(0, 0.5),
        percent: fc.integer({ min: 0, max: 9 }),
      },
      { noNullPrototype: true },
    ),
    heartbeat: fc.integer({ min: 1, max: 1e6 }).map((ms) => `${ms}ms`),
    verify: fc.constantFrom("none", "ack", "readback", { within: "5ms" }, { tolerance: 0.5 }),
    byteOrder: fc.constantFrom(...byteOrders),
    bit: fc.integer({ min: 0, max: 15 }),
    invalid: fc.constantFrom("0x7fff,NaN"),
    fields: fc.constant({ a: { offset: 3, type: "float16" } }),
    history: fc.nat(),
    everySample: fc.boolean(),
    sampleSink: fc.string(),
    visitors: fc.dictionary(
      fc.stringMatching(/^x[a-z]{1,5}$/),
      fc.oneof(fc.string(), fc.boolean()),
      {
        minKeys: 1,
        noNullPrototype: true,
      },
    ),
  },
  { requiredKeys: ["type", "accessMode"], noNullPrototype: true },
) as fc.Arbitrary<PropertyDefinition>;

test("every definition survives Kubernetes' JSON and comes back as it was", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), definition, { noNullPrototype: true }), (properties) => {
      const model = defineModel("m", properties);
      const text = JSON.stringify(toDeviceModel(model));
      assert.deepEqual(toModelDefinition(parseDeviceModel(JSON.parse(text))), {
        name: "m",
        properties: { ...properties },
      });
    }),
  );
});
