import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { EdgeDatabase } from "../database/edge-database.ts";
import { DeviceTwins } from "../devicetwin/device-twins.ts";
import type { Publication } from "../devicetwin/publication.ts";
import { SqliteTwinStore } from "../devicetwin/store/sqlite-twin-store.ts";
import { Tallies } from "../monitoring/tallies.ts";
import { MetaManager } from "./meta-manager.ts";
import { SqliteMetaStore } from "./sqlite-meta-store.ts";

const api = { apiVersion: "devices.kubeedge.io/v1beta1" };
const model = {
  ...api,
  kind: "DeviceModel",
  metadata: { namespace: "default", name: "lamp" },
  spec: { properties: [{ name: "power", type: "STRING", accessMode: "ReadWrite" }] },
};

function lamp(power: string, generation: number) {
  const metadata = { namespace: "default", name: "lamp", uid: "u1", generation };
  const properties = [{ name: "power", desired: { value: power } }];
  const spec = { deviceModelRef: { name: "lamp" }, properties };
  return { ...api, kind: "Device", metadata, spec };
}

async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "one-commit-"));
  const clock = new RealClock();
  const metrics = new Tallies();
  const database = new EdgeDatabase({ folder, clock, log: silentLog, metrics });
  await database.start(t.signal);
  t.after(async () => {
    await database.stop();
    await rm(folder, { recursive: true });
  });
  const published: Publication[] = [];
  const twins = new DeviceTwins({
    store: new SqliteTwinStore(database),
    publisher: { publish: (publications) => published.push(...publications) },
    maxValueBytes: 64,
    clock,
    log: silentLog,
  });
  await twins.start(t.signal);
  t.after(() => twins.stop());
  const store = new SqliteMetaStore(database);
  const objects = new MetaManager({ store, devices: twins, log: silentLog });
  const commits = () => metrics.distributionOf("mapperkit_edge_commit_seconds").count;
  return { objects, published, commits };
}

test("a Device and all that it asks of its twin are one commit", async (t) => {
  const { objects, published, commits } = await setUp(t);
  await objects.applyObject({ kind: "devicemodel", id: "default/lamp", content: model });
  await objects.applyObject({ kind: "device", id: "default/lamp", content: lamp("ON", 1) });
  const before = commits();
  published.length = 0;
  await objects.applyObject({ kind: "device", id: "default/lamp", content: lamp("OFF", 2) });
  assert.ok(published.some(({ kind }) => kind === "notice"));
  assert.equal(commits() - before, 1);
});
