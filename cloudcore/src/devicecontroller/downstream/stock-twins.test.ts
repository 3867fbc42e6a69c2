import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, DeviceModel, ModelProperty } from "@mapperkit/api";
import { DeviceMemories } from "../upstream/device-memories.ts";
import { stockTwins } from "./stock-twins.ts";

type ModelType = NonNullable<ModelProperty["type"]>;
const metadata = { namespace: "default", resourceVersion: "1", generation: 1 };
function typeOf(modelType: ModelType, value: string): string | undefined {
  const model: DeviceModel = {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata: { ...metadata, name: "meter", uid: "m" },
    spec: { properties: [{ name: "count", type: modelType, accessMode: "ReadWrite" }] },
  };
  const device: Device = {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { ...metadata, name: "meter-1", uid: "d" },
    spec: {
      nodeName: "e1",
      deviceModelRef: { name: "meter" },
      properties: [{ name: "count", desired: { value } }],
    },
  };
  const memory = new DeviceMemories().of(device);
  return stockTwins({ device, model, memory, now: 1 }).count?.metadata?.type;
}

const cases: readonly (readonly [modelType: ModelType, value: string, type: string])[] = [
  ["INT", "9223372036854775807", "int"],
  ["INT", "+9223372036854775807", "int"],
  ["INT", "-9223372036854775808", "int"],
  ["INT", "9223372036854775808", "string"],
  ["INT", "+9223372036854775808", "string"],
  ["INT", "18446744073709551615", "string"],
  ["DOUBLE", "9223372036854775808", "float"],
  ["BOOLEAN", "true", "boolean"],
  ["STRING", "9223372036854775808", "string"],
];
for (const [modelType, value, type] of cases) {
  test(`${value} of a model's ${modelType} goes to a stock edge as ${type}`, () => {
    assert.equal(typeOf(modelType, value), type);
  });
}
