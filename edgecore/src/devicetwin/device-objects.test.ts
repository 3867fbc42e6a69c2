import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "@mapperkit/api";
import { VirtualClock } from "@mapperkit/runtime";
import { DeviceObjects } from "./device-objects.ts";
import { DeviceRegistry } from "./device-registry.ts";
import type { CloudReports } from "./report/cloud-reports.ts";
import { MemoryTwinStore } from "./store/memory-twin-store.ts";

const lamp = (uid: string): Device => ({
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: { namespace: "default", name: "lamp", uid },
});

/** The objects on a store that can fail, with all that the cloud is to be told of. */
function prepare() {
  const store = new MemoryTwinStore();
  const told: string[] = [];
  const note = (what: string) => () => void told.push(what);
  const reports = { noteTwin: note("twin"), noteState: note("state"), forget: note("forget") };
  const registry = new DeviceRegistry({
    ...{ store, maxValueBytes: 64, watchers: { changed: () => {} } },
    order: { nextSequence: () => 1, stored: () => {} },
  });
  const objects = new DeviceObjects({
    ...{ registry, clock: new VirtualClock(), audience: { hears: () => true } },
    ...{ publisher: { publish: () => {} }, reports: reports as unknown as CloudReports },
  });
  const goOnline = async () => {
    const device = registry.find("default/lamp");
    assert.ok(device);
    await registry.setRecord(device, { ...device.record, state: "online" });
  };
  return { store, told, objects, goOnline };
}

test("a device made anew whose first commit failed is told of whole when it comes again", async () => {
  const { store, told, objects, goOnline } = prepare();
  await objects.putDevice(lamp("first"));
  await goOnline();
  store.fail(new Error("no space left on device"));
  await assert.rejects(objects.putDevice(lamp("second")));
  assert.deepEqual(told, []);
  store.fail(undefined);
  await objects.putDevice(lamp("second"));
  assert.deepEqual(told, ["state"]);
});

test("a device whose removal failed still has everything to say", async () => {
  const { store, told, objects, goOnline } = prepare();
  await objects.putDevice(lamp("first"));
  await goOnline();
  store.fail(new Error("no space left on device"));
  await assert.rejects(objects.removeDevice("default/lamp"));
  assert.deepEqual(told, ["forget", "state"]);
});
