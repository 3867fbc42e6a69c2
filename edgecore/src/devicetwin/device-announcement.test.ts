import assert from "node:assert/strict";
import { test } from "node:test";
import { type Device, type DeviceModel, parseDeviceAnnouncement } from "@mapperkit/api";
import { announcementOf } from "./device-announcement.ts";

const device: Device = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: {
    name: "lamp",
    namespace: "default",
    uid: "u",
    generation: 7,
    resourceVersion: "9",
    labels: { room: "hall" },
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "kept" },
  },
  spec: { properties: [{ name: "power" }] },
  status: { state: "online" },
};
const model: DeviceModel = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "lamp", resourceVersion: "3" },
  spec: { properties: [{ name: "power", visitors: { configData: { address: 1 } } }] },
};

test("mappers get identity, spec and the model's visitors, and no bookkeeping of Kubernetes", () => {
  const announcement = announcementOf(device, model);
  assert.equal(announcement.generation, 7);
  assert.deepEqual(announcement.device.metadata, {
    name: "lamp",
    namespace: "default",
    uid: "u",
    generation: 7,
    labels: { room: "hall" },
    annotations: { mine: "kept" },
  });
  assert.equal(announcement.device.status, undefined);
  assert.deepEqual(announcement.device.spec?.properties, [
    { name: "power", visitors: { configData: { address: 1 } } },
  ]);
  assert.deepEqual(announcement.model?.metadata, { name: "lamp" });
  assert.deepEqual(parseDeviceAnnouncement(JSON.stringify(announcement)), announcement);
});

test("a status or a resourceVersion that moves alone is no news", () => {
  const { status: _, ...rest } = device;
  const later = { ...rest, metadata: { ...device.metadata, resourceVersion: "10" } };
  assert.deepEqual(announcementOf(later, model), announcementOf(device, model));
});

test("a device whose model is unknown is announced without one", () => {
  assert.equal("model" in announcementOf(device, undefined), false);
});
