import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TwinUpdate } from "@mapperkit/api";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { createEdgeCore } from "./edge-core.ts";
import { edgeCoreConfig } from "./edge-core-config.ts";
import { ScriptedCloud } from "./edgehub/scripted-cloud.ts";

const DEVICES = ["lamp", "door"] as const;

async function startEdge(t: TestContext, dataDir: string, url: string) {
  const config = edgeCoreConfig.parse({ dataDir, cloud: { url }, mqtt: { port: 0 } });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const edge = createEdgeCore(config, parts);
  t.after(() => edge.stop());
  await edge.start(t.signal);
  const link = edge.openTwinLink();
  const up = Promise.withResolvers<void>();
  const listener = { linkUp: up.resolve, deviceAnnounced() {}, deviceGone() {}, twinHeard() {} };
  void link.serve(listener, t.signal);
  await up.promise;
  return { edge, link };
}

async function until<T>(what: string, find: () => T | undefined | false): Promise<T> {
  const limit = Date.now() + 5_000;
  for (;;) {
    const found = find();
    if (found) return found;
    assert.ok(Date.now() < limit, `waited 5 s for ${what}`);
    await sleep(5);
  }
}

function reportsOf(cloud: ScriptedCloud) {
  return DEVICES.flatMap((name) => cloud.of(`device/default/${name}/twin/edge_updated`));
}

function valuesOf(cloud: ScriptedCloud): string[] {
  const twins = reportsOf(cloud).map(({ content }) => (content as TwinUpdate).twin);
  return twins.flatMap((twin) =>
    Object.entries(twin).map(([name, value]) => `${name}=${value?.actual?.value}`),
  );
}

/** Resolves when the edge has answered a Device, and so all that came before it. */
async function told(cloud: ScriptedCloud, generation: number): Promise<void> {
  const metadata = { namespace: "default", name: "lamp", uid: "u1", generation };
  const content = { apiVersion: "devices.kubeedge.io/v1beta1", kind: "Device", metadata };
  const resource = "default/device/lamp";
  const object = { group: "resource", operation: "update", resourceVersion: "1" };
  const id = cloud.say({ ...object, resource, content });
  await until("the answer", () => cloud.heard.some((e) => e.header.parent_msg_id === id));
}

test("an edge that starts again tells its cloud only what was not confirmed", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "edge-outbox-"));
  t.after(() => rm(folder, { recursive: true }));
  await using cloud = new ScriptedCloud();
  const url = await cloud.listen();
  const first = await startEdge(t, folder, url);
  await until("the link", () => cloud.of("membership/detail").length > 0);
  const devices = DEVICES.map((name) => ({ id: `default/${name}`, name }));
  const membership = { group: "twin", operation: "update", resource: "membership/detail" };
  cloud.say({ ...membership, content: { devices } });
  await told(cloud, 1);
  for (const name of DEVICES) {
    await first.link.report(`default/${name}`, { [`${name}1`]: { actual: { value: "a" } } });
    await first.link.report(`default/${name}`, { [`${name}2`]: { actual: { value: "a" } } });
  }
  await until("the reports", () => valuesOf(cloud).length === 4);
  for (const report of reportsOf(cloud)) cloud.confirm(report);
  // Behind the confirmations on the same link, so they have been heard when it is answered.
  await told(cloud, 2);
  await first.link.report("default/lamp", { lamp1: { actual: { value: "b" } } });
  await first.edge.stop();
  cloud.heard.length = 0;
  const { link } = await startEdge(t, folder, url);
  await until("the report again", () => valuesOf(cloud).length > 0);
  await link.report("default/door", { door1: { actual: { value: "c" } } });
  await until("a newer report", () => valuesOf(cloud).length > 1);
  assert.deepEqual(valuesOf(cloud).sort(), ["door1=c", "lamp1=b"]);
});
