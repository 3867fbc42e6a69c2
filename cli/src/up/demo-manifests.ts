import type { Device, DeviceModel } from "@mapperkit/api";

const apiVersion = "devices.kubeedge.io/v1beta1";

/** The model of the tutorial's counter: one property takes ON and OFF down and the count up. */
export const counterModel: DeviceModel = {
  apiVersion,
  kind: "DeviceModel",
  metadata: { name: "counter-model", namespace: "default" },
  spec: {
    properties: [
      { name: "status", description: "counter status", type: "STRING", accessMode: "ReadWrite" },
    ],
  },
};

/** A further counter, found by its own address. `number` counts from 1. */
export function numberedCounter(number: number, node: string, port: number): Device {
  return {
    apiVersion,
    kind: "Device",
    metadata: { name: `counter-${String(number).padStart(3, "0")}`, namespace: "default" },
    spec: {
      deviceModelRef: { name: "counter-model" },
      nodeName: node,
      protocol: { protocolName: "counter", configData: { host: "127.0.0.1", port } },
      properties: [{ name: "status", desired: { value: "ON" } }],
    },
  };
}

/** As in examples/sensor/sensor-model.yaml. */
export const sensorModel: DeviceModel = {
  apiVersion,
  kind: "DeviceModel",
  metadata: { name: "sensor-model", namespace: "default" },
  spec: {
    protocol: "sensor",
    properties: [
      {
        name: "temperature",
        description: "air temperature",
        type: "DOUBLE",
        accessMode: "ReadOnly",
        unit: "Cel",
      },
      {
        name: "humidity",
        description: "relative humidity",
        type: "DOUBLE",
        accessMode: "ReadOnly",
        minimum: "0",
        maximum: "100",
        unit: "%",
      },
      {
        name: "interval",
        description: "time between two measurements",
        type: "INT",
        accessMode: "ReadWrite",
        minimum: "100",
        maximum: "60000",
        unit: "ms",
      },
    ],
  },
};

/** As in examples/sensor/sensor.yaml, where it listens on its usual port. */
export function sensorDevice(node: string, port: number): Device {
  const read = (name: string, cycle: number, configData: object) => ({
    name,
    collectCycle: cycle,
    reportCycle: cycle,
    reportToCloud: true,
    visitors: { protocolName: "sensor", configData: { ...configData } },
  });
  return {
    apiVersion,
    kind: "Device",
    metadata: { name: "sensor", namespace: "default", labels: { description: "sensor" } },
    spec: {
      deviceModelRef: { name: "sensor-model" },
      nodeName: node,
      protocol: { protocolName: "sensor", configData: { host: "127.0.0.1", port } },
      properties: [
        read("temperature", 1000, { query: "TEMPERATURE?" }),
        read("humidity", 1000, { query: "HUMIDITY?" }),
        read("interval", 5000, { query: "INTERVAL?", command: "INTERVAL", verify: "readback" }),
      ],
    },
  };
}
