import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Device, type DeviceId, type DeviceModel, MapperkitError } from "@mapperkit/api";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { EdgeDatabase } from "../database/edge-database.ts";
import type { MembershipChange } from "../devicetwin/membership-change.ts";
import { MemoryMetaStore } from "./memory-meta-store.ts";
import { type DeviceWorld, MetaManager } from "./meta-manager.ts";
import type { MetaStore } from "./meta-store.ts";
import { SqliteMetaStore } from "./sqlite-meta-store.ts";

class World implements DeviceWorld {
  readonly seen: string[] = [];
  readonly members: Set<DeviceId>;

  constructor(members: DeviceId[] = ["default/lamp"]) {
    this.members = new Set(members);
  }
  has(id: DeviceId): boolean {
    return this.members.has(id);
  }
  async put({ kind, metadata }: Device | DeviceModel): Promise<void> {
    this.seen.push(`put ${kind} ${metadata.name}`);
  }
  async remove(kind: string, id: DeviceId): Promise<void> {
    this.seen.push(`remove ${kind} ${id}`);
  }
  applyMembership({ removed }: MembershipChange) {
    return { gone: removed, stored: Promise.resolve() };
  }
}

function object(kind: "Device" | "DeviceModel", name = "lamp") {
  const apiVersion = "devices.kubeedge.io/v1beta1";
  return { apiVersion, kind, metadata: { namespace: "default", name } };
}

function manage(store: MetaStore, devices = new World()) {
  return { devices, manager: new MetaManager({ store, devices, log: silentLog }) };
}

const stores: Record<string, (t: TestContext) => Promise<MetaStore>> = {
  memory: async () => new MemoryMetaStore(),
  sqlite: async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "meta-store-"));
    const database = new EdgeDatabase({ folder, clock: new RealClock(), log: silentLog });
    await database.start(t.signal);
    t.after(async () => {
      await database.stop();
      await rm(folder, { recursive: true });
    });
    return new SqliteMetaStore(database);
  },
};

for (const [name, open] of Object.entries(stores)) {
  test(`${name} store: objects come back after a restart, models first`, async (t) => {
    const store = await open(t);
    const { manager } = manage(store);
    await manager.applyObject({
      kind: "device",
      id: "default/lamp",
      content: object("Device"),
    });
    await manager.applyObject({
      kind: "devicemodel",
      id: "default/lamp",
      content: object("DeviceModel"),
    });
    const again = manage(store);
    await again.manager.start(t.signal);
    assert.deepEqual(again.devices.seen, ["put DeviceModel lamp", "put Device lamp"]);
  });

  test(`${name} store: the key is KubeEdge's`, async (t) => {
    const store = await open(t);
    const content = object("Device");
    await manage(store).manager.applyObject({ kind: "device", id: "default/lamp", content });
    const row = { key: "default/device/lamp", type: "device", value: JSON.stringify(content) };
    assert.deepEqual(await store.load(), [row]);
  });

  test(`${name} store: deletion and loss of membership remove the row`, async (t) => {
    const store = await open(t);
    const { manager, devices } = manage(store);
    for (const id of ["default/a", "default/b"] as const) {
      await manager.applyObject({ kind: "device", id, content: object("Device", id.slice(8)) });
    }
    await manager.applyObject({ kind: "device", id: "default/a" });
    await manager.applyMembership({ removed_devices: [{ id: "b", name: "b" }] });
    assert.deepEqual(await store.load(), []);
    assert.deepEqual(devices.seen.at(-1), "remove Device default/a");
  });
}

test("a stored device that belongs here no more is dropped at start", async (t) => {
  const store = new MemoryMetaStore();
  const content = object("Device");
  await manage(store).manager.applyObject({ kind: "device", id: "default/lamp", content });
  const { manager, devices } = manage(store, new World([]));
  await manager.start(t.signal);
  assert.deepEqual([devices.seen, await store.load()], [[], []]);
});

test("a row that cannot be read does not stop the edge", async (t) => {
  const store = new MemoryMetaStore();
  await store.commit([{ key: "default/device/lamp", type: "device", value: "{" }]);
  await manage(store).manager.start(t.signal);
});

for (const [title, content] of Object.entries({
  "no object": null,
  "another kind": object("DeviceModel"),
  "an older version": { ...object("Device"), apiVersion: "devices.kubeedge.io/v1alpha2" },
})) {
  test(`refuses ${title} as a device, naming what is wrong`, async () => {
    const store = new MemoryMetaStore();
    const { manager } = manage(store);
    await assert.rejects(
      manager.applyObject({ kind: "device", id: "default/lamp", content }),
      (error: unknown) => error instanceof MapperkitError && error.code === "invalid_input",
    );
    assert.deepEqual(await store.load(), []);
  });
}

test("a model whose change could not be stored is in memory as the disk has it", async () => {
  const store = new MemoryMetaStore();
  const { manager, devices } = manage(store);
  const id = "default/lamp";
  await manager.applyObject({ kind: "devicemodel", id, content: object("DeviceModel") });
  const commit = store.commit.bind(store);
  store.commit = () => Promise.reject(new Error("no space left on device"));
  await assert.rejects(manager.applyObject({ kind: "devicemodel", id }), /no space left/);
  store.commit = commit;
  assert.deepEqual(devices.seen, [
    "put DeviceModel lamp",
    "remove DeviceModel default/lamp",
    "put DeviceModel lamp",
  ]);
});
