import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { CONFIG_MAPS, DEVICES, type KubeObject, NODES } from "../../kube/index.ts";
import { ScriptedEdge } from "../../testing/scripted-edge.ts";
import { TestCloud } from "../../testing/test-cloud.ts";

const signal = new AbortController().signal;
const PATIENCE_MS = 20_000;
const POLL_MS = 100;
const NAME = "device-profile-config-pi-1";

async function running(t: TestContext): Promise<TestCloud> {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  await cloud.startCore();
  return cloud;
}

function lamp(name: string, desired: string): KubeObject {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { name, namespace: "default" },
    spec: { nodeName: "pi-1", properties: [{ name: "power", desired: { value: desired } }] },
  };
}

async function fileOf(cloud: TestCloud, name: string): Promise<string> {
  const ref = { namespace: "default", name };
  const map = await cloud.client.get(CONFIG_MAPS, ref, signal).catch(() => undefined);
  return (map?.data as Record<string, string> | undefined)?.["deviceProfile.json"] ?? "";
}

async function fileWith(cloud: TestCloud, what: RegExp, name = NAME): Promise<string> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const text = await fileOf(cloud, name);
    if (what.test(text)) return text;
    assert.ok(waitedMs < PATIENCE_MS, `waited in vain for ${what} in ${name}`);
    await cloud.clock.sleep(POLL_MS);
  }
}

test("a node's ConfigMap follows its devices, in parts below 1 MiB, and reaches an edge of that age", async (t) => {
  const cloud = await running(t);
  const { client } = cloud;
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "pi-1" },
    status: { nodeInfo: { kubeletVersion: "v1.22.6-kubeedge-v1.12.1" } },
  };
  const made = await client.create(NODES, node, { signal });
  await client.update(NODES, { ...made, status: node.status }, { subresource: "status", signal });
  await client.create(DEVICES, lamp("counter", "ON"), { signal });
  await fileWith(cloud, /"value":"ON"/);

  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "pi-1");
  t.after(() => edge.close());
  const sent = await edge.got("insert", `default/configmap/${NAME}`);
  const content = sent.content as { kind: string; data: Record<string, string> };
  assert.equal(content.kind, "ConfigMap");
  assert.ok(sent.header.resourceversion);
  assert.match(content.data["deviceProfile.json"] ?? "", /"name":"counter"/);

  // Two of these stay below 1 MiB, three do not.
  const big = "x".repeat(450_000);
  for (const name of ["b", "c"]) await client.create(DEVICES, lamp(name, big), { signal });
  await cloud.patchDevice({
    spec: { properties: [{ name: "power", desired: { value: big } }] },
  });
  // By name, so that each device keeps its place.
  await fileWith(cloud, /"name":"counter"/, "device-profile-part-2-pi-1");
  assert.ok(Buffer.byteLength(await fileOf(cloud, NAME)) < 1_048_576);
  await edge.got("insert", "default/configmap/device-profile-part-2-pi-1");

  for (const name of ["b", "c"])
    await client.delete(DEVICES, { namespace: "default", name }, signal);
  await edge.got("delete", "default/configmap/device-profile-part-2-pi-1");
  await client.delete(DEVICES, { namespace: "default", name: "counter" }, signal);
  await edge.got("delete", `default/configmap/${NAME}`);
  const left = await client.listPage(
    CONFIG_MAPS,
    { labelSelector: "mapperkit.io/device-profile", limit: 10 },
    signal,
  );
  assert.deepEqual(left.items, []);
});

test("an edge of today gets devices and no file", async (t) => {
  const cloud = await running(t);
  await cloud.client.create(DEVICES, lamp("counter", "ON"), { signal });
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "pi-1");
  t.after(() => edge.close());
  edge.askForDevices();
  await edge.got("insert", "default/device/counter");
  await fileWith(cloud, /"name":"counter"/);
  assert.ok(!edge.received.some(({ route }) => route.resource?.includes("configmap")));
});

test("what an earlier cloudcore wrote for a node without devices is taken away", async (t) => {
  const cloud = await TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
  await cloud.startKube();
  const map = (name: string, mark: object) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "default", name, ...mark },
    data: { "deviceProfile.json": '"old"' },
  });
  const ours = {
    labels: { "mapperkit.io/device-profile": "true" },
    annotations: { "mapperkit.io/node": "pi-1" },
  };
  await cloud.client.create(CONFIG_MAPS, map(NAME, ours), { signal });
  await cloud.client.create(CONFIG_MAPS, map("device-profile-config-theirs", {}), { signal });
  await cloud.startCore();
  await fileWith(cloud, /^$/);
  assert.equal(await fileOf(cloud, "device-profile-config-theirs"), '"old"');
});
