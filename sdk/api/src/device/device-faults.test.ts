import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, DeviceSpec } from "./device.ts";
import { findDeviceFaults } from "./device-faults.ts";
import type { DeviceModel, ModelProperty } from "./device-model.ts";

function deviceWith(spec: DeviceSpec): Device {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name: "lamp-01", namespace: "default" },
    spec: { deviceModelRef: { name: "lamp" }, nodeName: "edge-1", ...spec },
  };
}

function modelWith(properties: ModelProperty[]): DeviceModel {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "DeviceModel",
    metadata: { name: "lamp", namespace: "default" },
    spec: { properties },
  };
}

const model = modelWith([
  { name: "power", type: "STRING" },
  { name: "level", type: "INT", minimum: "0", maximum: "100" },
  { name: "serial", type: "STRING", accessMode: "ReadOnly" },
]);

test("a device that can be obeyed in full has no faults", () => {
  const device = deviceWith({
    properties: [
      { name: "power", desired: { value: "ON" }, reportCycle: 0, pushMethod: {} },
      { name: "serial" },
    ],
    methods: [],
    stateReport: {},
  });
  assert.deepEqual(findDeviceFaults(device, model), []);
});

const cases: {
  title: string;
  spec: DeviceSpec;
  model?: DeviceModel | null;
  reason: string;
  field: string;
  property?: string;
  says: RegExp;
}[] = [
  {
    title: "no model",
    spec: { deviceModelRef: {} },
    model: null,
    reason: "NoModel",
    field: "spec.deviceModelRef.name",
    says: /is empty/,
  },
  {
    title: "an unknown model",
    spec: {},
    model: null,
    reason: "UnknownModel",
    field: "spec.deviceModelRef.name",
    says: /"lamp"/,
  },
  {
    title: "no node",
    spec: { nodeName: "" },
    reason: "NoNode",
    field: "spec.nodeName",
    says: /is empty/,
  },
  {
    title: "an unknown property",
    spec: { properties: [{ name: "color" }] },
    reason: "UnknownProperty",
    field: "spec.properties[color].name",
    property: "color",
    says: /"lamp"/,
  },
  {
    title: "a property twice",
    spec: { properties: [{ name: "power" }, { name: "power" }] },
    reason: "DuplicateProperty",
    field: "spec.properties[power].name",
    property: "power",
    says: /unique/,
  },
  {
    title: "a negative cycle",
    spec: { properties: [{ name: "power", collectCycle: -1 }] },
    reason: "NegativeCycle",
    field: "spec.properties[power].collectCycle",
    property: "power",
    says: /-1/,
  },
  {
    title: "a desired value that is no number",
    spec: { properties: [{ name: "level", desired: { value: "high" } }] },
    reason: "WrongType",
    field: "spec.properties[level].desired.value",
    property: "level",
    says: /"high"/,
  },
  {
    title: "a desired value out of range",
    spec: { properties: [{ name: "level", desired: { value: "101" } }] },
    reason: "OutOfRange",
    field: "spec.properties[level].desired.value",
    property: "level",
    says: /"101".*100 or less/,
  },
  {
    title: "a desired value of a ReadOnly property",
    spec: { properties: [{ name: "serial", desired: { value: "1" } }] },
    reason: "ReadOnlyProperty",
    field: "spec.properties[serial].desired.value",
    property: "serial",
    says: /ReadOnly/,
  },
  {
    title: "a push method",
    spec: { properties: [{ name: "power", pushMethod: { mqtt: {} } }] },
    reason: "NotSupported",
    field: "spec.properties[power].pushMethod",
    property: "power",
    says: /pushMethod/,
  },
  {
    title: "methods",
    spec: { methods: [{ name: "setPower" }] },
    reason: "NotSupported",
    field: "spec.methods",
    says: /methods/,
  },
  {
    title: "a state report",
    spec: { stateReport: { reportCycle: 60000 } },
    reason: "NotSupported",
    field: "spec.stateReport",
    says: /stateReport/,
  },
  {
    title: "a bound in the model that is no number",
    spec: { properties: [{ name: "p" }] },
    model: modelWith([{ name: "p", type: "INT", maximum: "many" }]),
    reason: "InvalidBound",
    field: "DeviceModel.spec.properties[p].maximum",
    property: "p",
    says: /"many"/,
  },
  {
    title: "a property twice in the model",
    spec: {},
    model: modelWith([{ name: "p" }, { name: "p" }]),
    reason: "DuplicateProperty",
    field: "DeviceModel.spec.properties[p].name",
    property: "p",
    says: /unique/,
  },
];
for (const { title, spec, model: given, reason, field, property, says } of cases) {
  test(`${title} gives ${reason}, naming ${field}`, () => {
    const faults = findDeviceFaults(
      deviceWith(spec),
      given === null ? undefined : (given ?? model),
    );
    assert.equal(faults.length, 1, JSON.stringify(faults));
    const [fault] = faults;
    assert.equal(fault?.reason, reason);
    assert.equal(fault?.field, field);
    assert.equal(fault?.property, property);
    assert.match(fault?.message ?? "", says);
    assert.ok(fault?.message.startsWith(field));
  });
}

test("without its model a device's values are not judged", () => {
  const device = deviceWith({ properties: [{ name: "x", desired: { value: "?" } }] });
  assert.deepEqual(
    findDeviceFaults(device, undefined).map(({ reason }) => reason),
    ["UnknownModel"],
  );
});

test("a device without spec is missing a model and a node", () => {
  const { spec, ...device } = deviceWith({});
  assert.deepEqual(
    findDeviceFaults(device, undefined).map(({ reason }) => reason),
    ["NoModel", "NoNode"],
  );
});
