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
