import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { DEVICE_MODELS, DEVICES, type KubeObject, OBJECT_SYNCS } from "../kube/index.ts";
import { ScriptedEdge } from "../testing/scripted-edge.ts";
import { SecureCloud } from "../testing/secure-cloud.ts";
import { type MakeKubernetes, TestCloud } from "../testing/test-cloud.ts";

const signal = new AbortController().signal;
const GROUP = "devices.kubeedge.io/v1beta1";

const makeKubernetes: MakeKubernetes = (dataDir, port, clock) => {
  const tools = { clock, random: createRandom(1), log: silentLog };
  return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
};

async function withLamp(t: TestContext) {
  const cloud = await TestCloud.create(t, makeKubernetes);
  await cloud.startKube();
  await cloud.startCore();
  await createObjects(cloud);
  return { cloud, dial: () => dialAndAsk(t, cloud.core.hubPort) };
}

async function createObjects(cloud: TestCloud): Promise<void> {
  const metadata = { name: "lamp", namespace: "default" };
  const properties = [{ name: "power", type: "STRING", accessMode: "ReadWrite" }];
  const model = { apiVersion: GROUP, kind: "DeviceModel", metadata, spec: { properties } };
  await cloud.client.create(DEVICE_MODELS, model, { signal });
  await createLamp(cloud);
}

async function createLamp(cloud: TestCloud): Promise<KubeObject> {
  const spec = { nodeName: "e1", deviceModelRef: { name: "lamp" } };
  const metadata = { name: "counter", namespace: "default" };
  const device = { apiVersion: GROUP, kind: "Device", metadata, spec };
  return cloud.client.create(DEVICES, device, { signal });
}

async function dialAndAsk(
  t: TestContext,
  port: number,
  tls?: { key: string; cert: string; ca: string },
): Promise<ScriptedEdge> {
  const edge = await ScriptedEdge.dial(port, "e1", tls);
  t.after(() => edge.close());
  edge.askForDevices();
  await edge.got("update", "membership/detail");
  return edge;
}

async function syncs(cloud: TestCloud): Promise<Map<string, string | undefined>> {
  const query = { namespace: "default", limit: 100 };
  const { items } = await cloud.client.listPage(OBJECT_SYNCS, query, signal);
  return new Map(
    items.map(({ metadata, status }) => [
      metadata.name,
      (status as { objectResourceVersion?: string } | undefined)?.objectResourceVersion,
    ]),
  );
}

async function eventually(what: string, cloud: TestCloud, check: () => Promise<boolean>) {
  for (let waits = 0; !(await check()); waits += 1) {
    assert.ok(waits < 200, `waited in vain for ${what}: ${[...(await syncs(cloud))]}`);
    await cloud.clock.sleep(25);
  }
}

test("an ObjectSync per object and node: 0 when sent, its version when acknowledged, gone when deleted", async (t) => {
  const { cloud, dial } = await withLamp(t);
  const edge = await dial();
  const sent = await edge.got("insert", "default/device/counter");
  const { uid } = (await cloud.device()).metadata;
  const versionOf = async () => (await syncs(cloud)).get(`e1.${uid}`);
  const isAt = (version: string | undefined) => async () => (await versionOf()) === version;
  await eventually("the version", cloud, isAt(sent.header.resourceversion));
  const ref = { namespace: "default", name: `e1.${uid}` };
  const sync = await cloud.client.get(OBJECT_SYNCS, ref, signal);
  assert.deepEqual(sync.spec, {
    objectAPIVersion: GROUP,
    objectKind: "Device",
    objectName: "counter",
  });
  await cloud.patchDevice({ metadata: { labels: { a: "b" } } });
  const update = await edge.got("update", "default/device/counter");
  await eventually("the next version", cloud, isAt(update.header.resourceversion));
  edge.isAcknowledging = false;
  await cloud.client.delete(DEVICES, { namespace: "default", name: "counter" }, signal);
  await edge.got("delete", "default/device/counter");
  const again = await createLamp(cloud);
  await edge.got("insert", "default/device/counter");
  await eventually(
    "a sync that is not acknowledged",
    cloud,
    async () => (await syncs(cloud)).get(`e1.${again.metadata.uid}`) === "0",
  );
});

test("a stock edge that dials again is sent only what changed, and what went away is deleted there", async (t) => {
  const { cloud, dial } = await withLamp(t);
  const first = await dial();
  await first.got("insert", "default/device/counter");
  await eventually("both versions", cloud, async () => {
    const versions = [...(await syncs(cloud)).values()];
    return versions.length === 2 && versions.every((version) => Number(version) > 0);
  });
  first.close();
  const second = await dial();
  await cloud.patchDevice({ metadata: { labels: { a: "b" } } });
  await second.got("update", "default/device/counter");
  const objects = () => second.received.filter(({ route }) => route.group === "resource").length;
  assert.equal(objects(), 1);
  second.close();
  await cloud.client.delete(DEVICES, { namespace: "default", name: "counter" }, signal);
  await createLamp(cloud);
  const third = await dial();
  await third.got("insert", "default/device/counter");
  await eventually("one sync for each object", cloud, async () => (await syncs(cloud)).size === 2);
  third.close();
  await cloud.client.delete(DEVICES, { namespace: "default", name: "counter" }, signal);
  const fourth = await dial();
  await fourth.got("delete", "default/device/counter");
  await fourth.got("delete", "default/devicemodel/lamp");
  await eventually("no sync", cloud, async () => (await syncs(cloud)).size === 0);
});

test("a node that joins anew by a token is sent everything: it may have been emptied", async (t) => {
  const secure = await SecureCloud.start(t, makeKubernetes);
  const { cloud } = secure;
  await createObjects(cloud);
  const first = await dialAndAsk(t, cloud.core.hubPort, await secure.join("e1"));
  await first.got("insert", "default/device/counter");
  await eventually("both syncs", cloud, async () => (await syncs(cloud)).size === 2);
  first.close();
  const second = await dialAndAsk(t, cloud.core.hubPort, await secure.join("e1"));
  await second.got("insert", "default/device/counter");
});
