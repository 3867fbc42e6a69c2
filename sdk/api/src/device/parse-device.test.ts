import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MapperkitError } from "../errors.ts";
import type { Device } from "./device.ts";
import { type DeviceId, deviceIdOf, splitDeviceId } from "./device-id.ts";
import type { DeviceModel } from "./device-model.ts";
import { mergeModelDefaults } from "./model-defaults.ts";
import { parseDevice, parseDeviceModel } from "./parse-device.ts";

const V1BETA1 = "devices.kubeedge.io/v1beta1";
const device: Device = {
  apiVersion: V1BETA1,
  kind: "Device",
  metadata: { name: "lamp-01", namespace: "default" },
};
const model: DeviceModel = { apiVersion: V1BETA1, kind: "DeviceModel", metadata: { name: "lamp" } };

test("fields of a newer KubeEdge are kept and refuse nothing", () => {
  const newer = {
    ...device,
    spec: { nodeName: "n", newer: { a: 1 }, properties: [{ name: "p", newer: true }] },
    status: { newer: 1, twins: [{ propertyName: "p", newer: 1 }] },
    newer: [],
  };
  assert.deepEqual(parseDevice(newer), newer);
  const property = { name: "p", type: "MATRIX", accessMode: "WriteOnly", newer: 1 };
  const newerModel = { ...model, spec: { properties: [property] } };
  assert.deepEqual(parseDeviceModel(newerModel), newerModel);
});

test("a status that others made unreadable does not refuse the device", () => {
  assert.deepEqual(parseDevice({ ...device, status: { twins: "none" } }), {
    ...device,
    status: undefined,
  });
  const twins = [{ propertyName: "p", reported: { metadata: { type: "string" } } }];
  assert.equal(
    parseDevice({ ...device, status: { twins } }).status?.twins?.[0]?.reported?.value,
    "",
  );
});

test("a device of the other version is refused, naming apiVersion", () => {
  const old = { ...device, apiVersion: "devices.kubeedge.io/v1alpha2" };
  assert.throws(
    () => parseDevice(old),
    (error) => error instanceof MapperkitError && error.details.field === "apiVersion",
  );
});

test("any JSON is a device or refused, never more", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (spec, status) => {
      for (const value of [spec, { ...device, spec, status }, { ...model, spec }]) {
        for (const parse of [parseDevice, parseDeviceModel]) {
          try {
            parse(value);
          } catch (error) {
            assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
          }
        }
      }
    }),
  );
});

test("a device takes from its model what it does not say itself", () => {
  const merged = mergeModelDefaults(
    {
      ...device,
      spec: {
        protocol: { configData: { port: 503 } },
        properties: [
          { name: "power", visitors: { configData: { offset: 7 } } },
          { name: "level" },
          { name: "other" },
        ],
      },
    },
    {
      ...model,
      spec: {
        protocol: "modbus",
        protocolConfigData: { host: "10.0.0.1", port: 502 },
        properties: [
          {
            name: "power",
            visitors: { protocolName: "modbus", configData: { offset: 2, limit: 1 } },
          },
          { name: "level", visitors: { configData: { offset: 3 } } },
          { name: "unused", visitors: { configData: { offset: 4 } } },
        ],
      },
    },
  );
  assert.deepEqual(merged.spec, {
    protocol: { protocolName: "modbus", configData: { host: "10.0.0.1", port: 503 } },
    properties: [
      { name: "power", visitors: { protocolName: "modbus", configData: { offset: 7, limit: 1 } } },
      { name: "level", visitors: { configData: { offset: 3 } } },
      { name: "other" },
    ],
  });
});

test("a model that says nothing adds nothing", () => {
  const spec = { nodeName: "n", properties: [{ name: "p" }] };
  assert.deepEqual(mergeModelDefaults({ ...device, spec }, model), { ...device, spec });
  assert.deepEqual(mergeModelDefaults(device, model), { ...device, spec: {} });
});

test("a device's id reads back, with default for the namespace that is not said", () => {
  const id: DeviceId = deviceIdOf({ namespace: "plant", name: "lamp-01" });
  assert.deepEqual(splitDeviceId(id), { namespace: "plant", name: "lamp-01" });
  assert.equal(deviceIdOf({ name: "lamp-01" }), "default/lamp-01");
});
