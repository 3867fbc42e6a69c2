import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "@mapperkit/api";
import { DeviceMemories } from "./device-memories.ts";

const device: Device = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "Device",
  metadata: { name: "lamp", namespace: "default", uid: "u1" },
};
const report = (index: number) => ({ node: "pi-1", messageId: `${index}` });

test("a thousand reports wait for Kubernetes; beyond that the oldest are dropped and counted", () => {
  const memories = new DeviceMemories();
  const memory = memories.of(device);
  for (let index = 0; index < 1_003; index += 1) memory.await(report(index));
  assert.equal(memories.droppedConfirmations, 3);
  const taken = memory.takeAwaited();
  assert.deepEqual([taken.length, taken[0]?.messageId], [1_000, "3"]);
});

test("reports that come back after a failed write make room in the same way", () => {
  const memories = new DeviceMemories();
  const memory = memories.of(device);
  for (let index = 0; index < 1_000; index += 1) memory.await(report(index));
  const failed = memory.takeAwaited();
  for (let index = 1_000; index < 1_005; index += 1) memory.await(report(index));
  memory.returnAwaited(failed);
  assert.equal(memories.droppedConfirmations, 5);
  assert.equal(memory.takeAwaited()[0]?.messageId, "5");
});

test("a device that is made anew begins anew, and what waited still does", () => {
  const memories = new DeviceMemories();
  memories.of(device).await(report(1));
  const anew = { ...device, metadata: { ...device.metadata, uid: "u2" } };
  assert.deepEqual(memories.of(anew).takeAwaited(), [report(1)]);
});
