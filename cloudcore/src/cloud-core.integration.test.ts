import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Device } from "@mapperkit/api";
import { createRandom, silentLog } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import type { KubeObject, KubeResource } from "./kube/index.ts";
import { ScriptedEdge } from "./testing/scripted-edge.ts";
import { TestCloud } from "./testing/test-cloud.ts";
import { until } from "./testing/until.ts";

const GROUP = "devices.kubeedge.io";
const signal = new AbortController().signal;

function devices(version: string): KubeResource {
  return { group: GROUP, version, plural: "devices" };
}
function models(version: string): KubeResource {
  return { group: GROUP, version, plural: "devicemodels" };
}

/** cloudcore against the API stand-in, each on a port of its own. */
function cloudFor(t: TestContext): Promise<TestCloud> {
  return TestCloud.create(t, (dataDir, port, clock) => {
    const tools = { clock, random: createRandom(1), log: silentLog };
    return createKubernetes(kubernetesConfig.parse({ dataDir, port }), tools);
  });
}

const modelV1beta1 = {
  apiVersion: `${GROUP}/v1beta1`,
  kind: "DeviceModel",
  metadata: { name: "counter-model", namespace: "default" },
  spec: {
    properties: [
      { name: "status", type: "STRING", accessMode: "ReadWrite" },
      { name: "rate", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "9" },
    ],
  },
};
const deviceV1beta1 = {
  apiVersion: `${GROUP}/v1beta1`,
  kind: "Device",
  metadata: { name: "counter", namespace: "default", labels: { description: "counter" } },
  spec: {
    deviceModelRef: { name: "counter-model" },
    nodeName: "kube-edge-1",
    properties: [{ name: "status", desired: { value: "OFF" } }],
  },
};

const modelV1alpha2 = {
  apiVersion: `${GROUP}/v1alpha2`,
  kind: "DeviceModel",
  metadata: { name: "counter-model", namespace: "default" },
  spec: {
    properties: [
      { name: "status", type: { string: { accessMode: "ReadWrite", defaultValue: "" } } },
    ],
  },
};
const onTheNode = { key: "kubernetes.io/hostname", operator: "In", values: ["kube-edge-1"] };
const deviceV1alpha2 = {
  apiVersion: `${GROUP}/v1alpha2`,
  kind: "Device",
  metadata: { name: "counter", namespace: "default" },
  spec: {
    deviceModelRef: { name: "counter-model" },
    nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [onTheNode] }] },
  },
  status: { twins: desiredV1alpha2("OFF") },
};
function desiredV1alpha2(value: string) {
  return [{ propertyName: "status", desired: { metadata: { type: "string" }, value } }];
}

/** A running cloud that holds the counter, and an edge that knows it. */
async function withCounter(cloud: TestCloud, t: TestContext): Promise<ScriptedEdge> {
  await cloud.startKube();
  await cloud.startCore();
  await cloud.client.create(models("v1beta1"), modelV1beta1, { signal });
  await cloud.client.create(devices("v1beta1"), deviceV1beta1, { signal });
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "kube-edge-1");
  t.after(() => edge.close());
  edge.askForDevices();
  await edge.got("insert", "default/device/counter");
  return edge;
}

function phaseOf(device: Device, property = "status") {
  return device.status?.twins?.find((twin) => twin.propertyName === property)?.phase;
}
function reportedOf(device: Device, property = "status") {
  return device.status?.twins?.find((twin) => twin.propertyName === property)?.reported?.value;
}
function conditionOf(device: Device, type: string) {
  return device.status?.conditions?.find((condition) => condition.type === type);
}

test("the recorded exchange downwards: membership twice, then what is created, changed, deleted", async (t) => {
  const cloud = await cloudFor(t);
  await cloud.startKube();
  await cloud.startCore();
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "kube-edge-1");
  t.after(() => edge.close());
  const asked = edge.askForDevices();
  assert.equal((await edge.got("response", "membership/detail")).header.parent_msg_id, asked);
  const list = await edge.got("update", "membership/detail");
  assert.equal(list.header.parent_msg_id, undefined);
  assert.deepEqual((list.content as { devices: [] }).devices, []);

  await cloud.client.create(devices("v1beta1"), deviceV1beta1, { signal });
  const sent = await edge.got("insert", "default/device/counter");
  assert.equal(sent.route.source, "devicecontroller");
  assert.equal(sent.route.group, "resource");
  assert.ok(sent.header.resourceversion);
  const added = edge.received.find(({ route }) => route.resource === "membership");
  assert.deepEqual((added!.content as { added_devices: [] }).added_devices, [
    { id: "default/counter", name: "counter", description: "counter", twin: {} },
  ]);
  assert.equal((sent.content as Device).spec?.properties?.[0]?.desired?.value, "OFF");
  // The model comes after its device, which must not matter.
  await cloud.client.create(models("v1beta1"), modelV1beta1, { signal });
  await edge.got("insert", "default/devicemodel/counter-model");

  await cloud.patchDevice({ spec: { properties: [{ name: "status", desired: { value: "ON" } }] } });
  const update = await edge.got("update", "default/device/counter");
  assert.equal((update.content as Device).spec?.properties?.[0]?.desired?.value, "ON");

  await cloud.client.delete(devices("v1beta1"), { namespace: "default", name: "counter" }, signal);
  await edge.got("delete", "default/device/counter");
});

test("the recorded exchange upwards: reports and state land, then they are confirmed", async (t) => {
  const cloud = await cloudFor(t);
  const edge = await withCounter(cloud, t);
  const report = edge.report("default/counter", {
    status: {
      actual: { value: "17", metadata: { timestamp: 5 } },
      metadata: { type: "string" },
      actual_version: { cloud: 0, edge: 1 },
      outcome: { generation: 1, phase: "Applied", timestamp: 6 },
    },
  });
  await until("the report is confirmed", () => edge.isConfirmed(report));
  const held = await cloud.device();
  assert.deepEqual(held.status?.twins?.[0]?.reported, {
    value: "17",
    metadata: { timestamp: "5", type: "string" },
  });
  assert.equal(phaseOf(held)?.name, "Applied");
  assert.equal(conditionOf(held, "Synced")?.status, "True");
  assert.equal(conditionOf(held, "Accepted")?.status, "True");
  assert.equal(conditionOf(held, "Reachable")?.status, "True");

  const state = edge.state("default/counter", "online");
  await until("the state is confirmed", () => edge.isConfirmed(state));
  const online = await cloud.device();
  assert.equal(online.status?.state, "online");
  assert.equal(online.status?.lastOnlineTime, "2026-11-22T18:08:01Z");
  assert.equal(conditionOf(online, "Online")?.status, "True");
});

test("v1alpha2 in and out through the webhook; desired from a v1alpha2 edit goes down", async (t) => {
  const cloud = await cloudFor(t);
  await cloud.startKube();
  await cloud.startCore();
  await cloud.client.create(models("v1alpha2"), modelV1alpha2, { signal });
  await cloud.client.create(devices("v1alpha2"), deviceV1alpha2, { signal });
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "kube-edge-1");
  t.after(() => edge.close());
  edge.askForDevices();
  await edge.got("insert", "default/device/counter");
  await cloud.patchDevice({ status: { twins: desiredV1alpha2("ON") } }, "v1alpha2");
  const update = await edge.got("update", "default/device/counter");
  assert.equal((update.content as Device).spec?.properties?.[0]?.desired?.value, "ON");
  const report = edge.report("default/counter", { status: { actual: { value: "3" } } });
  await until("the report is confirmed", () => edge.isConfirmed(report));
  const ref = { namespace: "default", name: "counter" };
  const old = await cloud.client.get(devices("v1alpha2"), ref, signal);
  const [twin] = (old as unknown as { status: { twins: { reported: { value: string } }[] } }).status
    .twins;
  assert.equal(twin?.reported.value, "3");
});

test("what the model forbids is Rejected, Accepted is False, and one Event names the field", async (t) => {
  const cloud = await cloudFor(t);
  await cloud.startKube();
  await cloud.startCore();
  await cloud.client.create(models("v1beta1"), modelV1beta1, { signal });
  const bad = {
    ...deviceV1beta1,
    spec: { ...deviceV1beta1.spec, properties: [{ name: "rate", desired: { value: "11" } }] },
  };
  await cloud.client.create(devices("v1beta1"), bad, { signal });
  const device = await cloud.deviceWith(
    "a refusal",
    (d) => phaseOf(d, "rate")?.name === "Rejected",
  );
  assert.equal(conditionOf(device, "Accepted")?.reason, "OutOfRange");
  assert.match(conditionOf(device, "Accepted")?.message ?? "", /properties\[rate\].*"11".*9/);
  const events = { group: "", version: "v1", plural: "events" };
  let items: readonly KubeObject[] = [];
  for (let tries = 0; items.length === 0 && tries < 200; tries++) {
    items = (await cloud.client.listPage(events, { limit: 100 }, signal)).items;
    await cloud.clock.sleep(20);
  }
  const event = items.find((item) => item.reason === "OutOfRange");
  assert.equal(event?.type, "Warning");
  assert.deepEqual(event?.source, { component: "mapperkit-cloudcore" });
  const about = event?.involvedObject as { uid: string } | undefined;
  assert.equal(about?.uid, device.metadata.uid);
});

test("foreign reported values are written back; unknown devices and properties are confirmed", async (t) => {
  const cloud = await cloudFor(t);
  const edge = await withCounter(cloud, t);
  const report = edge.report("default/counter", { status: { actual: { value: "5" } } });
  await until("the report is confirmed", () => edge.isConfirmed(report));
  const foreign = { status: { twins: [{ propertyName: "status", reported: { value: "999" } }] } };
  const ref = { namespace: "default", name: "counter" };
  await cloud.client.mergePatch(devices("v1beta1"), ref, {
    patch: foreign,
    subresource: "status",
    signal,
  });
  await cloud.deviceWith("our value again", (d) => reportedOf(d) === "5");
  const lost = [
    edge.report("default/nobody", { status: { actual: { value: "5" } } }),
    edge.report("default/counter", { nothing: { actual: { value: "5" } } }),
    edge.send(
      { operation: "update", source: "twin", resource: "device/default/counter/twin/edge_updated" },
      "rubbish",
    ),
  ];
  for (const id of lost) await until("a useless report is confirmed", () => edge.isConfirmed(id));
});

test("starts before the API server, and survives its death", async (t) => {
  const cloud = await cloudFor(t);
  await cloud.startKube();
  await cloud.stopKube();
  cloud.makeCore();
  const started = cloud.core.start(signal);
  await until("cloudcore says that it waits", () =>
    cloud.log.entries.some((entry) => /waiting for it/.test(entry.message)),
  );
  await cloud.startKube();
  await started;
  await cloud.client.create(models("v1beta1"), modelV1beta1, { signal });
  await cloud.client.create(devices("v1beta1"), deviceV1beta1, { signal });
  const edge = await ScriptedEdge.dial(cloud.core.hubPort, "kube-edge-1");
  t.after(() => edge.close());
  edge.askForDevices();
  await edge.got("insert", "default/device/counter");

  await cloud.stopKube();
  const during = edge.report("default/counter", { status: { actual: { value: "8" } } });
  await cloud.clock.sleep(200);
  assert.equal(edge.isConfirmed(during), false);
  await cloud.startKube();
  await until("the report is confirmed in the end", () => edge.isConfirmed(during));
  assert.equal(reportedOf(await cloud.device()), "8");
  await cloud.patchDevice({ spec: { properties: [{ name: "status", desired: { value: "ON" } }] } });
  await edge.got("update", "default/device/counter");
});

test("after its own death everything is as Kubernetes holds it", async (t) => {
  const cloud = await cloudFor(t);
  const edge = await withCounter(cloud, t);
  const report = edge.report("default/counter", { status: { actual: { value: "8" } } });
  await until("the report is confirmed", () => edge.isConfirmed(report));
  await cloud.core.stop();
  await until("the edge sees the link end", () => !edge.isOpen);
  await cloud.patchDevice({ spec: { properties: [{ name: "status", desired: { value: "X" } }] } });
  await cloud.startCore();
  const again = await ScriptedEdge.dial(cloud.core.hubPort, "kube-edge-1");
  t.after(() => again.close());
  again.askForDevices();
  const sent = await again.got("insert", "default/device/counter");
  assert.equal((sent.content as Device).spec?.properties?.[0]?.desired?.value, "X");
  const device = await cloud.deviceWith(
    "pending",
    (d) => phaseOf(d)?.generation === d.metadata.generation,
  );
  assert.equal(reportedOf(device), "8");
});
