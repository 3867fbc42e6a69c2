import assert from "node:assert/strict";
import { test } from "node:test";
import { type Device, makeEnvelope } from "@mapperkit/api";
import { createRandom, silentLog, VirtualClock } from "@mapperkit/runtime";
import { NEVER_ACKNOWLEDGED, type ObjectSync, syncName } from "./object-sync.ts";
import type { ObjectSyncStore } from "./object-sync-store.ts";
import { SyncController } from "./sync-controller.ts";

class MemorySyncs implements ObjectSyncStore {
  readonly byName = new Map<string, ObjectSync>();

  async create(sync: ObjectSync): Promise<void> {
    this.byName.set(syncName(sync), sync);
  }

  async setStatus(sync: ObjectSync): Promise<void> {
    this.byName.set(syncName(sync), sync);
  }

  async delete(sync: ObjectSync): Promise<void> {
    this.byName.delete(syncName(sync));
  }
}

function lamp(uid: string): Device {
  const metadata = { namespace: "default", name: "lamp", uid, resourceVersion: "7" };
  return { apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", metadata };
}

async function started() {
  const clock = new VirtualClock();
  const store = new MemorySyncs();
  const link = { isConnected: () => true, send: () => {}, put: () => {} };
  const tools = { clock, random: createRandom(1), log: silentLog };
  const syncs = new SyncController({ ...tools, link, store });
  await syncs.start(new AbortController().signal);
  const put = (device: Device) => {
    const route = { source: "devicecontroller", group: "resource", operation: "insert" };
    const resource = "default/device/lamp";
    const message = { id: "m", timestamp: 0, ...route, resource, content: device };
    syncs.put("e1", resource, makeEnvelope({ ...message, resourceVersion: "7" }), "v");
  };
  const versions = () => [...store.byName].map(([name, sync]) => [name, sync.resourceVersion]);
  return { syncs, put, versions, settle: () => clock.advance(1_000) };
}

test("what a node showed that it does not hold, and should not, leaves no ObjectSync", async () => {
  const { syncs, put, versions, settle } = await started();
  put(lamp("u1"));
  await settle();
  assert.deepEqual(versions(), [["e1.u1", NEVER_ACKNOWLEDGED]]);
  syncs.nodeCompared("e1", []);
  await settle();
  assert.deepEqual(versions(), []);
});

test("an ObjectSync that is still to be written when its object left the node is not left behind", async () => {
  const { syncs, put, versions, settle } = await started();
  put(lamp("u1"));
  syncs.nodeCompared("e1", []);
  await settle();
  assert.deepEqual(versions(), []);
});

test("an acknowledgement that was lost is made good by the comparison", async () => {
  const { syncs, put, versions, settle } = await started();
  put(lamp("u1"));
  await settle();
  syncs.nodeCompared("e1", [{ object: lamp("u1"), version: "v", isHeld: true }]);
  await settle();
  assert.deepEqual(versions(), [["e1.u1", "7"]]);
});

test("what a node holds has an ObjectSync, though none was ever written", async () => {
  const { syncs, versions, settle } = await started();
  syncs.nodeCompared("e1", [{ object: lamp("u1"), version: "v", isHeld: true }]);
  await settle();
  assert.deepEqual(versions(), [["e1.u1", "7"]]);
});

test("what is sent to a node now keeps its ObjectSync as it is", async () => {
  const { syncs, put, versions, settle } = await started();
  put(lamp("u1"));
  syncs.nodeCompared("e1", [{ object: lamp("u1"), version: "v2", isHeld: false }]);
  await settle();
  assert.deepEqual(versions(), [["e1.u1", NEVER_ACKNOWLEDGED]]);
  assert.deepEqual([...syncs.sentTo("e1")], [["default/device/lamp", "u1."]]);
  assert.deepEqual([...syncs.heldBy("e1")], []);
});
