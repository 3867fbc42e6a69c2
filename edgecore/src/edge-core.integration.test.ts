import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceAnnouncement, Envelope, TwinUpdate } from "@mapperkit/api";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync } from "mqtt";
import { createEdgeCore, type EdgeCore } from "./edge-core.ts";
import { edgeCoreConfig } from "./edge-core-config.ts";
import { ScriptedCloud } from "./edgehub/scripted-cloud.ts";

const NOBODY = "ws://127.0.0.1:1";

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "edge-core-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function startEdge(t: TestContext, dataDir: string, url: string): Promise<EdgeCore> {
  const config = edgeCoreConfig.parse({
    node: "edge-1",
    dataDir,
    cloud: { url },
    mqtt: { port: 0 },
  });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const edge = createEdgeCore(config, parts);
  t.after(() => edge.stop());
  await edge.start(t.signal);
  return edge;
}

async function connect(t: TestContext, edge: EdgeCore, filters: string[]) {
  const client = await connectAsync(`mqtt://127.0.0.1:${edge.mqttPort}`, { reconnectPeriod: 0 });
  t.after(() => client.endAsync(true));
  const heard: { topic: string; body: string }[] = [];
  client.on("message", (topic, body) => heard.push({ topic, body: String(body) }));
  await client.subscribeAsync(filters, { qos: 1 });
  return { client, heard };
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

const model = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { namespace: "default", name: "counter-model", resourceVersion: "1" },
  spec: {
    properties: [
      {
        name: "status",
        type: "STRING",
        accessMode: "ReadWrite",
        visitors: { configData: { a: 1 } },
      },
    ],
  },
};

function counter(desired: string | undefined, generation: number, uid = "u1") {
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: {
      namespace: "default",
      name: "counter",
      uid,
      generation,
      labels: { description: "it" },
    },
    spec: {
      deviceModelRef: { name: "counter-model" },
      nodeName: "edge-1",
      properties: [
        { name: "status", ...(desired !== undefined && { desired: { value: desired } }) },
      ],
    },
  };
}

const object = { group: "resource", resourceVersion: "1" };

/** What our cloud says on connect (device-api.md 15): the exact list, then models and devices. */
function introduce(cloud: ScriptedCloud, desired: string | undefined, generation = 1, uid = "u1") {
  const content = { devices: [{ id: "default/counter", name: "counter" }] };
  cloud.say({ group: "twin", operation: "update", resource: "membership/detail", content });
  const resource = "default/devicemodel/counter-model";
  cloud.say({ ...object, operation: "insert", resource, content: model });
  return tell(cloud, counter(desired, generation, uid));
}

function tell(cloud: ScriptedCloud, content: object): string {
  return cloud.say({ ...object, operation: "update", resource: "default/device/counter", content });
}

async function acknowledged(cloud: ScriptedCloud, id: string): Promise<void> {
  await until("the acknowledgement", () => cloud.heard.find((e) => e.header.parent_msg_id === id));
}

const REPORTS = "device/default/counter/twin/edge_updated";

function twinOf({ content }: Envelope) {
  return (content as TwinUpdate).twin.status;
}

function reportOf(cloud: ScriptedCloud, value: string): Envelope | undefined {
  return cloud.of(REPORTS).find((report) => twinOf(report)?.actual?.value === value);
}

function bodyOn<T>(heard: { topic: string; body: string }[], topic: string): T | undefined {
  const message = heard.findLast((said) => said.topic === topic && said.body !== "");
  return message && JSON.parse(message.body);
}

const BARE = "$hw/events/device/counter/twin/update";
const ANNOUNCED = "$hw/events/node/edge-1/devices/default/counter";

test("the road of one value: desired down to a stock mapper, its report up", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startEdge(t, await newFolder(t), await cloud.listen());
  await until("the link", () => cloud.of("membership/detail").length > 0);
  const mapper = await connect(t, edge, [
    `${BARE}/document`,
    `${BARE}/result`,
    "$hw/events/node/#",
  ]);
  await acknowledged(cloud, introduce(cloud, "OFF"));
  type Document = {
    twin: { status: { current: { expected: { value: string; metadata: object } } } };
  };
  const first = await until("the document", () =>
    bodyOn<Document>(mapper.heard, `${BARE}/document`),
  );
  assert.equal(first.twin.status.current.expected.value, "OFF");

  await acknowledged(cloud, tell(cloud, counter("ON", 2)));
  const second = await until("ON", () => {
    const document = bodyOn<Document>(mapper.heard, `${BARE}/document`);
    return document?.twin.status.current.expected.value === "ON" && document;
  });
  assert.partialDeepStrictEqual(second.twin.status.current.expected.metadata, { generation: 2 });

  const twin = { status: { actual: { value: "5" }, metadata: { type: "Updated" } } };
  const body = JSON.stringify({ event_id: "", timestamp: 0, twin });
  await mapper.client.publishAsync(BARE, body, { qos: 1 });
  const report = await until("the report", () => reportOf(cloud, "5"));
  assert.equal(twinOf(report)?.expected?.value, "ON");
  assert.deepEqual(twinOf(report)?.actual_version, { cloud: 0, edge: 1 });
  assert.ok(bodyOn(mapper.heard, `${BARE}/result`));

  const announced = await until("the announcement", () =>
    bodyOn<DeviceAnnouncement>(mapper.heard, ANNOUNCED),
  );
  assert.equal(announced.generation, 2);
  assert.deepEqual(announced.device.spec?.properties, [
    { name: "status", desired: { value: "ON" }, visitors: { configData: { a: 1 } } },
  ]);
});

test("an edge that starts without a cloud knows its devices, twins and desired values", async (t) => {
  const folder = await newFolder(t);
  await using cloud = new ScriptedCloud();
  const before = await startEdge(t, folder, await cloud.listen());
  await until("the link", () => cloud.of("membership/detail").length > 0);
  await acknowledged(cloud, introduce(cloud, "ON", 3));
  const mapper = await connect(t, before, ["none"]);
  const twin = { status: { actual: { value: "7" } } };
  const update = JSON.stringify({ event_id: "", timestamp: 0, twin });
  await mapper.client.publishAsync(BARE, update, { qos: 1 });
  await before.stop();

  const after = await startEdge(t, folder, NOBODY);
  const again = await connect(t, after, [
    "$hw/events/node/#",
    "$hw/events/device/+/+/twin/get/result",
  ]);
  const announced = await until("the announcement", () =>
    bodyOn<{ generation: number }>(again.heard, ANNOUNCED),
  );
  assert.equal(announced.generation, 3);
  const GET = "$hw/events/device/default/counter/twin/get";
  again.client.publish(GET, JSON.stringify({ event_id: "g", timestamp: 0 }));
  type Got = { twin: { status: { expected: object; actual: { value: string } } } };
  const got = await until("the twin", () => bodyOn<Got>(again.heard, `${GET}/result`));
  assert.equal(got.twin.status.actual.value, "7");
  assert.partialDeepStrictEqual(got.twin.status.expected, {
    value: "ON",
    metadata: { generation: 3 },
  });
});

test("reports made without a cloud arrive when it is back, the newest only, until confirmed", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startEdge(t, await newFolder(t), await cloud.listen());
  await until("the link", () => cloud.of("membership/detail").length > 0);
  await acknowledged(cloud, introduce(cloud, undefined));
  const links = cloud.requests.length;
  cloud.cut();
  const mapper = await connect(t, edge, ["none"]);
  for (const value of ["1", "2", "3"]) {
    const twin = { status: { actual: { value } } };
    const body = JSON.stringify({ event_id: "", timestamp: 0, twin });
    await mapper.client.publishAsync(BARE, body, { qos: 1 });
  }
  await until("a new link", () => cloud.requests.length > links);
  await until("the report", () => reportOf(cloud, "3"));
  cloud.heard.length = 0;
  cloud.cut();
  const again = await until("the unconfirmed report again", () => reportOf(cloud, "3"));
  assert.equal(cloud.of(REPORTS).length, 1);
  cloud.confirm(again);
  await acknowledged(cloud, tell(cloud, counter(undefined, 2)));
  cloud.heard.length = 0;
  cloud.cut();
  await until("the next link", () => cloud.of("membership/detail").length > 0);
  await acknowledged(cloud, tell(cloud, counter(undefined, 3)));
  assert.deepEqual(cloud.of(REPORTS), []);
});

test("the exact list of devices removes what it does not name, for good", async (t) => {
  const folder = await newFolder(t);
  await using cloud = new ScriptedCloud();
  const edge = await startEdge(t, folder, await cloud.listen());
  await until("the link", () => cloud.of("membership/detail").length > 0);
  await acknowledged(cloud, introduce(cloud, "ON"));
  const GET = "$hw/events/device/default/counter/twin/get";
  const mapper = await connect(t, edge, ["$hw/events/node/#", `${GET}/result`]);
  await until("the announcement", () => bodyOn(mapper.heard, ANNOUNCED));
  const empty = { devices: [] };
  cloud.say({ group: "twin", operation: "update", resource: "membership/detail", content: empty });
  await until("the end of the announcement", () =>
    mapper.heard.find(({ topic, body }) => topic === ANNOUNCED && body === ""),
  );
  const removed = bodyOn<object>(mapper.heard, "$hw/events/node/edge-1/membership/updated");
  assert.partialDeepStrictEqual(removed, {
    added_devices: null,
    removed_devices: [{ id: "default/counter", name: "counter" }],
  });
  mapper.client.publish(GET, "{}");
  const got = await until("404", () => bodyOn<{ code: number }>(mapper.heard, `${GET}/result`));
  assert.equal(got.code, 404);
  await edge.stop();
  const after = await startEdge(t, folder, NOBODY);
  const late = await connect(t, after, ["$hw/events/node/#", "none"]);
  await late.client.publishAsync("none", "", { qos: 1 });
  await until("the end of what is retained", () => late.heard.length > 0);
  assert.deepEqual(
    late.heard.map(({ topic }) => topic),
    ["none"],
  );
});

test("a device made anew under its name is told all that is known", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startEdge(t, await newFolder(t), await cloud.listen());
  await until("the link", () => cloud.of("membership/detail").length > 0);
  await acknowledged(cloud, introduce(cloud, "ON", 9));
  const mapper = await connect(t, edge, ["none"]);
  const twin = { status: { actual: { value: "7" } } };
  const body = JSON.stringify({ event_id: "", timestamp: 0, twin });
  await mapper.client.publishAsync(BARE, body, { qos: 1 });
  cloud.confirm(await until("the report", () => reportOf(cloud, "7")));
  cloud.heard.length = 0;
  await acknowledged(cloud, introduce(cloud, "ON", 1, "u2"));
  const report = await until("the report again", () => reportOf(cloud, "7"));
  assert.equal(twinOf(report)?.expected?.metadata?.generation, 1);
});

test("a forbidden desired value stays off the device and is told to the cloud", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startEdge(t, await newFolder(t), await cloud.listen());
  await until("the link", () => cloud.of("membership/detail").length > 0);
  const mapper = await connect(t, edge, ["$hw/events/device/#"]);
  const property = { name: "status", type: "INT", accessMode: "ReadWrite", maximum: "10" };
  const content = { ...model, spec: { properties: [property] } };
  introduce(cloud, undefined);
  const resource = "default/devicemodel/counter-model";
  cloud.say({ ...object, operation: "update", resource, content });
  await acknowledged(cloud, tell(cloud, counter("11", 2)));
  const report = await until("the outcome", () => cloud.of(REPORTS)[0]);
  assert.equal(twinOf(report)?.expected, undefined);
  assert.partialDeepStrictEqual(twinOf(report)?.outcome, {
    phase: "Rejected",
    reason: "OutOfRange",
    generation: 2,
  });
  assert.doesNotMatch(JSON.stringify(mapper.heard), /"expected"/);
});
