import assert from "node:assert/strict";
import { test } from "node:test";
import { DeviceRegistry } from "./device-registry.ts";
import { MemoryTwinStore } from "./store/memory-twin-store.ts";

test("a commit that failed fails nothing that is asked once the store works again", async () => {
  const store = new MemoryTwinStore();
  const registry = new DeviceRegistry({
    ...{ store, maxValueBytes: 64, watchers: { changed: () => {} } },
    order: { nextSequence: () => 1, stored: () => {} },
  });
  const record = { id: "default/lamp", name: "lamp", description: "" } as const;
  const device = registry.add({ ...record, state: "", lastOnline: "" });
  await device.settled;
  store.fail(new Error("no space left on device"));
  await assert.rejects(registry.setRecord(device, { ...device.record, state: "online" }));
  store.fail(undefined);
  // Memory holds what the store holds, so there is nothing to wait for.
  await registry.change(device, []);
  await registry.settled;
  assert.equal(device.record.state, "");
});
