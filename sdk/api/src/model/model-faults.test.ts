import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DeviceModel, ModelProperty } from "../device/device-model.ts";
import { holding, input } from "./addresses.ts";
import { toDeviceModel } from "./device-model-object.ts";
import { defineModel } from "./model-definition.ts";
import { findWireFaults } from "./model-faults.ts";

function modelWith(...properties: ModelProperty[]): DeviceModel {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata: { name: "m" },
    spec: { properties },
  };
}

const wire = (configData: Record<string, unknown>) => ({ visitors: { configData } });

test("what a definition makes is sound, and so is a model that says nothing of the wire", () => {
  const definition = defineModel("oven", {
    temperature: input(0, "int16", { scale: 0.1 }),
    setpoint: holding(0, "int16", { minimum: 20, maximum: 90 }),
  });
  assert.deepEqual(findWireFaults(toDeviceModel(definition)), []);
  const plain: ModelProperty = {
    name: "status",
    type: "STRING",
    minimum: "5",
    ...wire({ bit: 99 }),
  };
  assert.deepEqual(findWireFaults(modelWith(plain, { name: "x" })), []);
});

const mistakes: { property: Partial<ModelProperty>; field: string; reason: string }[] = [
  {
    property: wire({ dataType: "int17" }),
    field: "visitors.configData.dataType",
    reason: "InvalidVisitor",
  },
  {
    property: wire({ dataType: "int16", scale: 0 }),
    field: "visitors.configData.scale",
    reason: "InvalidVisitor",
  },
  { property: wire({ dataType: "boolean", bit: 16 }), field: "bit", reason: "InvalidBit" },
  {
    property: { type: "INT", minimum: "5", maximum: "4" },
    field: "minimum",
    reason: "InvalidBound",
  },
];
for (const { property, field, reason } of mistakes) {
  test(`${JSON.stringify(property)} is ${reason}`, () => {
    const [fault, ...more] = findWireFaults(modelWith({ name: "p", ...property }));
    assert.deepEqual(more, []);
    assert.equal(fault?.field, `DeviceModel.spec.properties[p].${field}`);
    assert.equal(fault?.reason, reason);
    assert.ok(fault?.message.startsWith(`${fault.field} `));
  });
}

test("two writable properties on one register", () => {
  const at = {
    accessMode: "ReadWrite",
    ...wire({ dataType: "int16", space: "holdingRegister", address: 3 }),
  };
  const faults = findWireFaults(
    modelWith({ name: "a", ...at } as ModelProperty, { name: "b", ...at } as ModelProperty),
  );
  assert.deepEqual(
    faults.map(({ reason, property }) => [property, reason]),
    [["b", "OverlappingRegisters"]],
  );
});

test("whatever configData holds, its faults are told and not thrown", () => {
  const keys = fc.constantFrom("dataType", "scale", "bit", "invalid", "fields", "space", "address");
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), fc.string(), (configData, minimum) => {
      findWireFaults(modelWith({ name: "p", type: "INT", minimum, ...wire(configData) }));
    }),
  );
});
