import assert from "node:assert/strict";
import { test } from "node:test";
import { convertDevice, convertDeviceModel } from "./index.ts";

const V1ALPHA2 = "devices.kubeedge.io/v1alpha2";
const V1BETA1 = "devices.kubeedge.io/v1beta1";

type Form = { spec?: object; status?: object };

/** Forms that say the same, so that nothing has to be kept beside them. */
const same: { title: string; old: Form; stored: Form }[] = [
  {
    title: "a modbus lamp on a serial line",
    old: {
      spec: {
        deviceModelRef: { name: "lamp" },
        protocol: {
          modbus: { slaveID: 7 },
          common: {
            com: {
              serialPort: "/dev/ttyS0",
              baudRate: 9600,
              dataBits: 8,
              parity: "even",
              stopBits: 1,
            },
            collectType: "sync",
            customizedValues: { protocolType: "RTU" },
          },
        },
        nodeSelector: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: "kubernetes.io/hostname", operator: "In", values: ["edge-a"] },
              ],
            },
          ],
        },
        propertyVisitors: [
          {
            propertyName: "power",
            reportCycle: 1_000_000_000,
            collectCycle: 500_000_000,
            modbus: { register: "CoilRegister", offset: 2, limit: 1, scale: 1, isSwap: true },
            customizedValues: { unit: 3 },
          },
        ],
      },
      status: {
        twins: [{ propertyName: "power", desired: { value: "ON", metadata: { type: "string" } } }],
      },
    },
    stored: {
      spec: {
        deviceModelRef: { name: "lamp" },
        nodeName: "edge-a",
        protocol: {
          protocolName: "modbus",
          configData: {
            slaveID: 7,
            serialPort: "/dev/ttyS0",
            baudRate: 9600,
            dataBits: 8,
            parity: "even",
            stopBits: 1,
            collectType: "sync",
            protocolType: "RTU",
          },
        },
        properties: [
          {
            name: "power",
            desired: { value: "ON", metadata: { type: "string" } },
            visitors: {
              protocolName: "modbus",
              configData: {
                register: "CoilRegister",
                offset: 2,
                limit: 1,
                scale: 1,
                isSwap: true,
                unit: 3,
              },
            },
            reportCycle: 1000,
            collectCycle: 500,
          },
        ],
      },
    },
  },
  {
    title: "an opcua server and a bluetooth visitor",
    old: {
      spec: {
        protocol: {
          opcua: { url: "opc.tcp://x", timeout: 5 },
          common: { tcp: { ip: "10.0.0.1", port: 4840 } },
        },
        propertyVisitors: [
          {
            propertyName: "t",
            bluetooth: { characteristicUUID: "2a6e", dataConverter: { startIndex: 1 } },
          },
        ],
      },
    },
    stored: {
      spec: {
        protocol: {
          protocolName: "opcua",
          configData: { url: "opc.tcp://x", timeout: 5, ip: "10.0.0.1", port: 4840 },
        },
        properties: [
          {
            name: "t",
            visitors: {
              protocolName: "bluetooth",
              configData: { characteristicUUID: "2a6e", dataConverter: { startIndex: 1 } },
            },
          },
        ],
      },
    },
  },
  {
    title: "a protocol of one's own",
    old: {
      spec: {
        protocol: {
          customizedProtocol: { protocolName: "acme", configData: { host: "h", deep: { a: [1] } } },
        },
        propertyVisitors: [
          {
            propertyName: "p",
            customizedProtocol: { protocolName: "acme", configData: { at: 1 } },
          },
        ],
      },
    },
    stored: {
      spec: {
        protocol: { protocolName: "acme", configData: { host: "h", deep: { a: [1] } } },
        properties: [{ name: "p", visitors: { protocolName: "acme", configData: { at: 1 } } }],
      },
    },
  },
  {
    title: "properties that are only listed",
    old: {
      spec: {},
      status: { twins: [{ propertyName: "a" }, { propertyName: "b", desired: { value: "" } }] },
    },
    stored: { spec: { properties: [{ name: "a" }, { name: "b", desired: { value: "" } }] } },
  },
  { title: "nothing", old: { spec: {} }, stored: { spec: {} } },
];
for (const { title, old, stored } of same) {
  test(`${title} converts both ways with nothing left over`, () => {
    const frame = { kind: "Device", metadata: { name: "d" } };
    assert.deepEqual(convertDevice({ apiVersion: V1ALPHA2, ...frame, ...old }, V1BETA1), {
      apiVersion: V1BETA1,
      ...frame,
      ...stored,
    });
    assert.deepEqual(convertDevice({ apiVersion: V1BETA1, ...frame, ...stored }, V1ALPHA2), {
      apiVersion: V1ALPHA2,
      ...frame,
      ...old,
    });
  });
}

test("a value that a typed field of v1alpha2 would refuse goes to its free map", () => {
  const protocol = {
    protocolName: "modbus",
    configData: { slaveID: "seven", baudRate: 12345, port: 502 },
  };
  const old = convertDevice({ apiVersion: V1BETA1, spec: { protocol } }, V1ALPHA2) as Form;
  assert.deepEqual(old.spec, {
    protocol: {
      modbus: {},
      common: { tcp: { port: 502 }, customizedValues: { slaveID: "seven", baudRate: 12345 } },
    },
  });
  assert.deepEqual(convertDevice(old, V1BETA1), { apiVersion: V1BETA1, spec: { protocol } });
});

const cycles: [nanoseconds: number, milliseconds: number][] = [
  [0, 0],
  [1, 1],
  [999_999, 1],
  [1_500_000, 2],
  [1_000_000_000, 1000],
  [-1, -1],
  [-2_000_000, -2],
];
for (const [nanoseconds, milliseconds] of cycles) {
  test(`a cycle of ${nanoseconds} ns is stored as ${milliseconds} ms`, () => {
    const visitors = [{ propertyName: "p", reportCycle: nanoseconds }];
    const old = { apiVersion: V1ALPHA2, spec: { propertyVisitors: visitors } };
    const stored = convertDevice(old, V1BETA1) as Form;
    assert.deepEqual(stored.spec, { properties: [{ name: "p", reportCycle: milliseconds }] });
    assert.deepEqual(convertDevice(stored, V1ALPHA2), {
      ...old,
      ...("metadata" in stored ? { metadata: {} } : {}),
    });
  });
}

test("the v1alpha2 view carries the true status, and reported is taken from there", () => {
  const status = {
    state: "online",
    twins: [
      {
        propertyName: "power",
        reported: { value: "OFF" },
        observedDesired: { value: "ON" },
        phase: { name: "Pending" },
      },
    ],
    conditions: [{ type: "Synced", status: "False" }],
  };
  const stored = {
    apiVersion: V1BETA1,
    spec: { properties: [{ name: "power", desired: { value: "ON" } }] },
    status,
  };
  const old = convertDevice(stored, V1ALPHA2) as { status: { twins: object[]; observed: object } };
  const twin = { propertyName: "power", desired: { value: "ON" }, reported: { value: "OFF" } };
  assert.deepEqual(old.status, { twins: [twin], observed: status });

  const edited = [{ propertyName: "power", desired: { value: "DIM" }, reported: { value: "lie" } }];
  const written = convertDevice({ ...old, status: { ...old.status, twins: edited } }, V1BETA1);
  assert.deepEqual(written, {
    ...stored,
    spec: { properties: [{ name: "power", desired: { value: "DIM" } }] },
  });
});

const modelTypes: [old: object, stored: object][] = [
  [
    { int: { accessMode: "ReadWrite", minimum: 0, maximum: 100, unit: "%" } },
    { type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "100", unit: "%" },
  ],
  [{ float: { minimum: -0.5 } }, { type: "FLOAT", minimum: "-0.5" }],
  [{ double: { maximum: 1e21 } }, { type: "DOUBLE", maximum: "1e+21" }],
  [{ string: { accessMode: "ReadOnly" } }, { type: "STRING", accessMode: "ReadOnly" }],
  [{ boolean: {} }, { type: "BOOLEAN" }],
  [{ bytes: {} }, { type: "BYTES" }],
];
for (const [type, stored] of modelTypes) {
  test(`a model's ${JSON.stringify(type)} is ${JSON.stringify(stored)}, both ways`, () => {
    const old = {
      apiVersion: V1ALPHA2,
      kind: "DeviceModel",
      spec: { protocol: "x", properties: [{ name: "p", description: "d", type }] },
    };
    const model = {
      apiVersion: V1BETA1,
      kind: "DeviceModel",
      spec: { protocol: "x", properties: [{ name: "p", description: "d", ...stored }] },
    };
    assert.deepEqual(convertDeviceModel(old, V1BETA1), model);
    assert.deepEqual(convertDeviceModel(model, V1ALPHA2), old);
  });
}
