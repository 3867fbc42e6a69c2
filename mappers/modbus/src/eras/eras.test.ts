import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModelProperty, parseDevice, parseDeviceModel } from "@mapperkit/api";
import { convertDevice } from "@mapperkit/api/conversion";
import { modbusMapper } from "../modbus-mapper.ts";
import { translateAnnouncement } from "./in-our-names.ts";

type Model = Partial<ModelProperty>;
const INT: Model = { type: "INT" };

const cases: [title: string, model: Model, old: object, ours: object][] = [
  [
    "a coil",
    { type: "STRING" },
    { register: "CoilRegister", offset: 2, limit: 1, scale: 1, isSwap: true, isRegisterSwap: true },
    { dataType: "boolean", space: "coil", address: 2 },
  ],
  [
    "coils",
    { type: "STRING" },
    { register: "DiscreteInputRegister", offset: 2, limit: 3 },
    { dataType: "boolean", arrayLength: 3, space: "discreteInput", address: 2 },
  ],
  [
    "one register",
    INT,
    { register: "HoldingRegister", offset: 5, limit: 1, scale: 1 },
    { dataType: "uint16", space: "holdingRegister", address: 5 },
  ],
  [
    "one register that may be negative",
    { type: "INT", minimum: "-10" },
    { register: "HoldingRegister", offset: 5, limit: 1 },
    { dataType: "int16", space: "holdingRegister", address: 5 },
  ],
  [
    "a scaled whole number stays whole",
    INT,
    { register: "InputRegister", offset: 5, limit: 2, scale: 0.5 },
    { dataType: "uint32", scale: 0.5, precision: 0, space: "inputRegister", address: 5 },
  ],
  [
    "registers swapped",
    { type: "FLOAT" },
    { register: "InputRegister", offset: 7, limit: 2, isRegisterSwap: true },
    { dataType: "float32", byteOrder: "CDAB", space: "inputRegister", address: 7 },
  ],
  [
    "bytes swapped",
    { type: "DOUBLE" },
    { register: "InputRegister", offset: 7, limit: 4, isSwap: "true" },
    { dataType: "float64", byteOrder: "BADC", space: "inputRegister", address: 7 },
  ],
  [
    "both swapped",
    { type: "FLOAT" },
    { register: "InputRegister", offset: 7, isSwap: true, isRegisterSwap: true },
    { dataType: "float32", byteOrder: "DCBA", space: "inputRegister", address: 7 },
  ],
  [
    "a fraction in one register",
    { type: "FLOAT" },
    { register: "InputRegister", offset: 7, limit: 1, scale: 0.1 },
    { dataType: "uint16", scale: 0.1, space: "inputRegister", address: 7 },
  ],
  [
    "text",
    { type: "STRING" },
    { register: "HoldingRegister", offset: 10, limit: 4, isSwap: true },
    { dataType: "string", byteLength: 8, byteOrder: "BADC", space: "holdingRegister", address: 10 },
  ],
  [
    "keys of another mapper go, shared ones stay",
    INT,
    { register: "HoldingRegister", offset: 1, unit: 3, deadband: 2 },
    { dataType: "uint16", deadband: 2, space: "holdingRegister", address: 1 },
  ],
  [
    "our names stay as they are",
    { type: "FLOAT" },
    { space: "inputRegister", address: 4, dataType: "int16", scale: 0.1, offset: -40 },
    { space: "inputRegister", address: 4, dataType: "int16", scale: 0.1, offset: -40 },
  ],
  [
    "a whole number of no dataType is one register",
    INT,
    { space: "inputRegister", address: 4 },
    { space: "inputRegister", address: 4, dataType: "uint16" },
  ],
];

function announced(model: Model, configData: object, config: object = { unitId: 1 }) {
  const property = { name: "value", accessMode: "ReadWrite", ...model };
  const visitors = { protocolName: "modbus", configData };
  return {
    version: 1 as const,
    generation: 1,
    device: parseDevice({
      apiVersion: "devices.kubeedge.io/v1beta1",
      kind: "Device",
      metadata: { name: "lamp" },
      spec: {
        deviceModelRef: { name: "lamp" },
        protocol: { protocolName: "modbus", configData: config },
        properties: [{ name: "value", visitors }],
      },
    }),
    model: parseDeviceModel({
      apiVersion: "devices.kubeedge.io/v1beta1",
      kind: "DeviceModel",
      metadata: { name: "lamp" },
      spec: { properties: [property] },
    }),
  };
}

for (const [title, model, old, ours] of cases) {
  test(`${title}: ${JSON.stringify(old)}`, () => {
    const { device } = translateAnnouncement(announced(model, old));
    assert.deepEqual(device.spec?.properties?.[0]?.visitors?.configData, ours);
    const { properties } = modbusMapper.plan(announced(model, old));
    assert.equal(properties[0]?.fault, undefined);
  });
}

const faults: [title: string, visitor: object, config: object, message: RegExp][] = [
  ["no such register", { register: "Coil" }, {}, /register is "Coil", must be one of CoilRegister/],
  ["three registers", { register: "InputRegister", limit: 3 }, {}, /limit is 3, must be 1, 2 or 4/],
  ["no space", { address: 3 }, {}, /configData.space/],
  ["a typo", { space: "coil", adress: 3 }, {}, /adress/],
  ["below the first", { space: "coil", address: 0 }, { addressBase: 1 }, /address is 0, must be 1/],
  ["one that cannot be read", { space: "coil", address: 5 }, { neverRead: "4-6" }, /5/],
];
for (const [title, visitor, config, message] of faults) {
  test(`a property is refused: ${title}`, () => {
    const { properties } = modbusMapper.plan(announced(INT, visitor, config));
    assert.match(properties[0]?.fault?.message ?? "", message);
  });
}

const broken: [title: string, config: object, message: RegExp][] = [
  ["a typo", { prot: 502 }, /prot/],
  [
    "a unit that no line has",
    { serialPort: "/dev/ttyS0", unitId: 0 },
    /unitId: is 0, must be 1 to 247/,
  ],
  ["a line without port", { transport: "rtu" }, /serialPort: is missing/],
  ["a port that is none", { port: "many" }, /configData.port/],
  ["an unknown device", { quirks: "acme" }, /quirks/],
];
for (const [title, config, message] of broken) {
  test(`a device is refused: ${title}`, () => {
    const { fault } = modbusMapper.plan(announced(INT, { space: "coil", address: 1 }, config));
    assert.match(fault?.message ?? "", message);
  });
}

test("a v1alpha2 device works after conversion", () => {
  const old = {
    apiVersion: "devices.kubeedge.io/v1alpha2",
    kind: "Device",
    metadata: { name: "lamp" },
    spec: {
      deviceModelRef: { name: "lamp" },
      protocol: {
        modbus: { slaveID: 7 },
        common: {
          com: {
            serialPort: "/dev/ttyS0",
            baudRate: 19200,
            dataBits: 8,
            parity: "even",
            stopBits: 1,
          },
          collectTimeout: 100,
          customizedValues: { protocolType: "RTU", foo: 1 },
        },
      },
      propertyVisitors: [
        { propertyName: "value", modbus: { register: "HoldingRegister", offset: 2, limit: 1 } },
      ],
    },
  };
  const device = parseDevice(convertDevice(old, "devices.kubeedge.io/v1beta1"));
  const { fault, endpoint, properties } = modbusMapper.plan({ ...announced(INT, {}), device });
  assert.equal(fault, undefined);
  assert.equal(endpoint, "rtu:///dev/ttyS0 19200 8E1");
  const { unit, space, start, length } = properties[0]?.place ?? {};
  assert.deepEqual(
    { unit, space, start, length },
    { unit: 7, space: "holdingRegister", start: 2, length: 1 },
  );
});
