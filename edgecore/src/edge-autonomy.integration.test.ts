import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { MsgTwin, TwinUpdate } from "@mapperkit/api";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync, type IClientOptions } from "mqtt";
import { createEdgeCore, type EdgeCore } from "./edge-core.ts";
import { edgeCoreConfig } from "./edge-core-config.ts";
import { ScriptedCloud } from "./edgehub/scripted-cloud.ts";

const NOBODY = "ws://127.0.0.1:1";
const LAMP = "$hw/events/device/default/lamp";
const REPORTS = "device/default/lamp/twin/edge_updated";

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "edge-autonomy-"));
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

async function connect(t: TestContext, edge: EdgeCore, options: IClientOptions = {}) {
  const client = await connectAsync(`mqtt://127.0.0.1:${edge.mqttPort}`, {
    reconnectPeriod: 0,
    ...options,
  });
  client.on("error", () => {});
  t.after(() => client.endAsync(true));
  const heard: { topic: string; body: string }[] = [];
  client.on("message", (topic, body) => heard.push({ topic, body: String(body) }));
  await client.subscribeAsync(`${LAMP}/#`, { qos: 1 });
  const say = (action: string, body: object) =>
    client.publishAsync(
      `${LAMP}/${action}`,
      JSON.stringify({ event_id: "e", timestamp: 0, ...body }),
      { qos: 1 },
    );
  const edit = (value: string) => say("twin/update", { twin: { power: { expected: { value } } } });
  return { client, heard, say, edit };
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

function lamp(desired: string, generation: number, version?: number) {
  const phase = version !== undefined && { phase: { name: "Pending", version } };
  return {
    apiVersion: "devices.kubeedge.io/v1beta1",
    kind: "Device",
    metadata: { namespace: "default", name: "lamp", uid: "u1", generation },
    spec: {
      deviceModelRef: { name: "lamp-model" },
      nodeName: "edge-1",
      properties: [{ name: "power", desired: { value: desired } }],
    },
    status: { twins: [{ propertyName: "power", ...phase }] },
  };
}

const model = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { namespace: "default", name: "lamp-model" },
  spec: { properties: [{ name: "power", type: "STRING", accessMode: "ReadWrite" }] },
};

/** What our cloud says on each connect (device-api.md 15). */
async function introduce(cloud: ScriptedCloud, device: object): Promise<void> {
  await until("the link", () => cloud.of("membership/detail").length > 0);
  const content = { devices: [{ id: "default/lamp", name: "lamp" }] };
  cloud.say({ group: "twin", operation: "update", resource: "membership/detail", content });
  const put = { group: "resource", operation: "update", resourceVersion: "1" };
  cloud.say({ ...put, resource: "default/devicemodel/lamp-model", content: model });
  const id = cloud.say({ ...put, resource: "default/device/lamp", content: device });
  await until("the acknowledgement", () => cloud.heard.find((e) => e.header.parent_msg_id === id));
}

function newestReport(cloud: ScriptedCloud): MsgTwin | undefined {
  return (cloud.of(REPORTS).at(-1)?.content as TwinUpdate | undefined)?.twin.power ?? undefined;
}

async function expectedNow(mapper: Awaited<ReturnType<typeof connect>>): Promise<MsgTwin> {
  mapper.heard.length = 0;
  await mapper.say("twin/get", {});
  const got = await until("the twin", () =>
    mapper.heard.find(({ topic }) => topic === `${LAMP}/twin/get/result`),
  );
  return JSON.parse(got.body).twin.power;
}

test("an edit made at the edge without a cloud survives and both sides agree by version", async (t) => {
  const folder = await newFolder(t);
  await using cloud = new ScriptedCloud();
  const url = await cloud.listen();
  const first = await startEdge(t, folder, url);
  await introduce(cloud, lamp("OFF", 1));
  const before = await until("the first report", () => newestReport(cloud));
  const told = before.expected_version;
  assert.ok(told && told.cloud > 1_600_000_000_000, "the edge's own T: the cloud gave none");
  await first.stop();

  // Alone: the edge starts from its store and takes an edit.
  const alone = await startEdge(t, folder, NOBODY);
  const mapper = await connect(t, alone);
  await mapper.edit("DIMMED");
  assert.equal((await expectedNow(mapper)).expected?.value, "DIMMED");
  await alone.stop();

  // The cloud is back with the desired value that it had: the edit stands, and the cloud hears of it.
  cloud.heard.length = 0;
  const again = await startEdge(t, folder, url);
  await introduce(cloud, lamp("OFF", 1, told.cloud));
  const report = await until("the edit", () => {
    const newest = newestReport(cloud);
    return newest?.expected?.value === "DIMMED" && newest;
  });
  assert.deepEqual(report.expected_version, { cloud: told.cloud, edge: told.edge + 1 });
  assert.equal(report.expected?.metadata?.generation, undefined, "no generation asked for it");

  // What is asked anew in the cloud wins, with a version above all that was seen.
  const T = told.cloud + 1_000_000;
  await introduce(cloud, lamp("ON", 2, T));
  const asked = await until("the new value", () => {
    const newest = newestReport(cloud);
    return newest?.expected?.value === "ON" && newest;
  });
  assert.equal(asked.expected_version?.cloud, T);
  assert.equal(asked.expected_version?.edge, told.edge + 1, "an edge's version never falls");
  const late = await connect(t, again);
  assert.partialDeepStrictEqual(await expectedNow(late), {
    expected: { value: "ON", metadata: { generation: 2 } },
  });
});

test("an older word of a v1alpha2 cloud is a conflict, answered with what the edge holds", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startEdge(t, await newFolder(t), await cloud.listen());
  await introduce(cloud, lamp("OFF", 1));
  const mapper = await connect(t, edge);
  await mapper.edit("DIMMED");
  await until("the edit", () => newestReport(cloud)?.expected?.value === "DIMMED");
  cloud.heard.length = 0;
  const power = {
    expected: { value: "ON" },
    expected_version: { cloud: 7, edge: 0 },
    metadata: { type: "string" },
  };
  const resource = "device/default/lamp/twin/cloud_updated";
  const content = { event_id: "c", timestamp: 0, twin: { power } };
  cloud.say({ group: "twin", operation: "update", resource, content });
  const answer = await until("the conflict", () => newestReport(cloud));
  assert.equal(answer.expected?.value, "DIMMED");
  assert.equal((await expectedNow(mapper)).expected?.value, "DIMMED");

  const version = answer.expected_version ?? { cloud: 0, edge: 0 };
  const newer = { ...power, expected_version: { cloud: version.cloud + 1, edge: version.edge } };
  cloud.say({
    group: "twin",
    operation: "update",
    resource,
    content: { event_id: "c", timestamp: 0, twin: { power: newer } },
  });
  await until("the document", () =>
    mapper.heard.find(({ topic, body }) => topic.endsWith("/document") && body.includes('"ON"')),
  );
  assert.equal((await expectedNow(mapper)).expected?.value, "ON");
});

test("the will of a mapper whose session ends makes its device offline, with its last time kept", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startEdge(t, await newFolder(t), await cloud.listen());
  await introduce(cloud, lamp("OFF", 1));
  const friend = await connect(t, edge);
  const payload = Buffer.from('{"event_id":"will","timestamp":0,"state":"Offline"}');
  const will = { topic: `${LAMP}/state/update`, payload, qos: 1, retain: false } as const;
  const mapper = await connect(t, edge, { will });
  await mapper.say("state/update", { state: "ONLINE" });
  mapper.client.stream.destroy();
  const states = "device/default/lamp/state/update";
  const report = await until("the state in the cloud", () =>
    cloud.of(states).find(({ content }) => String(content).includes('"Offline"')),
  );
  assert.match(JSON.parse(String(report.content)).device.lastOnlineTime, /^\d{4}-\d\d-\d\dT/);
  await until("the answer", () =>
    friend.heard.find(
      ({ topic, body }) => topic === `${LAMP}/state/update/result` && body.includes('"will"'),
    ),
  );
});
