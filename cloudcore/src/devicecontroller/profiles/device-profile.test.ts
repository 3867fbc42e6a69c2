import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, DeviceModel } from "@mapperkit/api";
import { convertDevice, convertDeviceModel } from "@mapperkit/api/conversion";
import { deviceProfile } from "./device-profile.ts";
import { profileName } from "./profile-map.ts";

const V1BETA1 = "devices.kubeedge.io/v1beta1";
const OLD = "devices.kubeedge.io/v1alpha2";
const MANY_BYTES = 1_000_000;

/** The Device of the contract's example, in the version of its time. */
const device = convertDevice(
  {
    apiVersion: OLD,
    kind: "Device",
    metadata: { name: "lamp-01", namespace: "default" },
    spec: {
      deviceModelRef: { name: "lamp" },
      protocol: { modbus: { slaveID: 7 }, common: { com: { baudRate: 9600 } } },
      data: {
        dataProperties: [{ metadata: {}, propertyName: "temp" }],
        dataTopic: "$ke/events/device/+/data/update",
      },
      propertyVisitors: [
        {
          propertyName: "power",
          reportCycle: 1000,
          modbus: { register: "CoilRegister", offset: 2, limit: 1, scale: 1, isSwap: true },
        },
      ],
    },
    status: {
      twins: [
        {
          propertyName: "power",
          desired: { value: "ON", metadata: { type: "string" } },
          reported: { value: "OFF", metadata: { timestamp: "1" } },
        },
      ],
    },
  },
  V1BETA1,
) as Device;
const model = convertDeviceModel(
  {
    apiVersion: OLD,
    kind: "DeviceModel",
    metadata: { name: "lamp", namespace: "default" },
    spec: {
      properties: [
        { name: "power", type: { string: { accessMode: "ReadWrite", defaultValue: "OFF" } } },
      ],
    },
  },
  V1BETA1,
) as DeviceModel;

function copies(count: number): { device: Device; model: DeviceModel }[] {
  return Array.from({ length: count }, (_, i) => ({
    device: { ...device, metadata: { ...device.metadata, name: `lamp-${i}` } },
    model,
  }));
}

test("the file is the one that KubeEdge's devicecontroller wrote", () => {
  const { parts } = deviceProfile([{ device, model }], MANY_BYTES);
  assert.equal(parts.length, 1);
  assert.deepEqual(JSON.parse(parts[0] ?? ""), {
    deviceInstances: [
      {
        id: "lamp-01",
        name: "lamp-01",
        protocol: "modbus-lamp-01",
        model: "lamp",
        twins: [
          {
            propertyName: "power",
            desired: { value: "ON", metadata: { type: "string" } },
            reported: { value: "", metadata: null },
          },
        ],
        data: {
          dataProperties: [{ metadata: {}, propertyName: "temp" }],
          dataTopic: "$ke/events/device/+/data/update",
        },
        propertyVisitors: [
          {
            name: "power",
            propertyName: "power",
            modelName: "lamp",
            protocol: "modbus",
            reportCycle: 1000,
            collectCycle: 0,
            customizedValues: null,
            visitorConfig: {
              register: "CoilRegister",
              offset: 2,
              limit: 1,
              scale: 1,
              isSwap: true,
            },
          },
        ],
      },
    ],
    deviceModels: [
      {
        name: "lamp",
        description: "",
        properties: [
          {
            name: "power",
            dataType: "string",
            description: "",
            accessMode: "ReadWrite",
            defaultValue: "OFF",
            minimum: null,
            maximum: null,
            unit: "",
          },
        ],
      },
    ],
    protocols: [
      {
        name: "modbus-lamp-01",
        protocol: "modbus",
        protocolConfig: { slaveID: 7 },
        protocolCommonConfig: { com: { baudRate: 9600 } },
      },
    ],
  });
});

test("no part passes the limit, and each holds the models and protocols of its devices", () => {
  const maxBytes = 3_000;
  const { parts, leftOut } = deviceProfile(copies(40), maxBytes);
  assert.ok(parts.length > 5);
  assert.deepEqual(leftOut, []);
  const names = parts.flatMap((text) => {
    assert.ok(Buffer.byteLength(text) <= maxBytes);
    const { deviceInstances, deviceModels, protocols } = JSON.parse(text);
    assert.equal(deviceModels.length, 1);
    assert.equal(protocols.length, deviceInstances.length);
    return deviceInstances.map(({ name }: { name: string }) => name);
  });
  assert.deepEqual(
    names,
    copies(40).map((each) => each.device.metadata.name),
  );
});

test("a device that fits nowhere is named, and the others are written", () => {
  const [first, second] = copies(2);
  assert.ok(first && second);
  const huge = structuredClone(first);
  const [property] = huge.device.spec?.properties ?? [];
  if (property) property.desired = { value: "x".repeat(5_000) };
  const { parts, leftOut } = deviceProfile([huge, second], 3_000);
  assert.deepEqual(leftOut, [huge.device]);
  assert.equal(parts.length, 1);
});

test("what is reported does not change the file; a device without protocol or model has neither", () => {
  const bare: Device = {
    apiVersion: V1BETA1,
    kind: "Device",
    metadata: { name: "counter", namespace: "default" },
    spec: { properties: [{ name: "status", desired: { value: "ON" } }] },
  };
  const reported = {
    ...bare,
    status: { twins: [{ propertyName: "status", reported: { value: "7" } }] },
  };
  const text = (each: Device) => deviceProfile([{ device: each, model: undefined }], 9_999).parts;
  assert.deepEqual(text(bare), text(reported));
  const { deviceInstances, deviceModels, protocols } = JSON.parse(text(bare)[0] ?? "");
  assert.deepEqual([deviceModels, protocols], [[], []]);
  assert.equal(deviceInstances[0].protocol, undefined);
  assert.equal(deviceInstances[0].twins[0].desired.value, "ON");
});

test("no two nodes share a ConfigMap, whatever they are called", () => {
  const names = ["a", "a-2", "2-a", "part-2-a"].flatMap((node) =>
    [0, 1, 2].map((part) => profileName(node, part)),
  );
  assert.equal(new Set(names).size, names.length);
  assert.equal(profileName("edge-a", 0), "device-profile-config-edge-a");
});
