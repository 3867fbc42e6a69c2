import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { createEdgeCore } from "../../edge-core.ts";
import { edgeCoreConfig } from "../../edge-core-config.ts";
import { ScriptedCloud } from "../../edgehub/scripted-cloud.ts";
import { Mosquitto, withoutMosquitto } from "../testing/mosquitto.ts";
import { connect, flushed, until } from "../testing/running-bus.ts";

async function startEdge(t: TestContext, url: string, dataDir: string, mqtt: object) {
  const config = edgeCoreConfig.parse({ node: "edge-1", dataDir, cloud: { url }, mqtt });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const edge = createEdgeCore(config, parts);
  t.after(() => edge.stop());
  await edge.start(t.signal);
  return edge;
}

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "user-topics-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const rule = { group: "user" };

function uploadsOf(cloud: ScriptedCloud): string[] {
  return cloud.heard
    .filter(({ route }) => route.group === "user" && route.operation === "upload")
    .map(({ route, content }) => `${route.resource} ${content}`);
}

test("rules: up from MQTT to the cloud, down from the cloud to MQTT, over a restart", async (t) => {
  const dataDir = await newFolder(t);
  await using cloud = new ScriptedCloud();
  const url = await cloud.listen();
  const first = await startEdge(t, url, dataDir, { port: 0 });
  await until("the link", () => cloud.of("membership/detail").length > 0);
  const peer = await connect(t, first.mqttPort, ["lamp/#"]);
  cloud.say({ ...rule, operation: "publish", resource: "lamp/on", content: '{"v":1}' });
  await until("the command", () => peer.heard.includes('lamp/on {"v":1}'));
  cloud.say({ ...rule, operation: "subscribe", resource: "default/test", content: "" });
  await until("the subscription", () => {
    peer.client.publish("default/test", "again");
    return uploadsOf(cloud).includes("default/test again");
  });
  await peer.client.publishAsync("SYS/dis/upload_records", "r", { qos: 1 });
  await peer.client.publishAsync("not/for/the/cloud", "n", { qos: 1 });
  await peer.client.publishAsync("my/user/data", "d", { qos: 1 });
  await until("the upload", () => uploadsOf(cloud).includes("my/user/data d"));
  assert.ok(uploadsOf(cloud).includes("SYS/dis/upload_records r"));
  assert.ok(!uploadsOf(cloud).some((text) => text.startsWith("not/")));
  await first.stop();

  const links = cloud.requests.length;
  const second = await startEdge(t, url, dataDir, { port: 0 });
  await until("the new link", () => cloud.requests.length > links);
  const later = await connect(t, second.mqttPort, []);
  await later.client.publishAsync("default/test", "after", { qos: 1 });
  await until("the upload", () => uploadsOf(cloud).includes("default/test after"));
  cloud.say({ ...rule, operation: "unsubscribe", resource: "default/test", content: "" });
  cloud.say({ ...rule, operation: "publish", resource: "done", content: "" });
  const end = await connect(t, second.mqttPort, ["#"]);
  cloud.say({ ...rule, operation: "publish", resource: "done", content: "" });
  await until("the end", () => end.heard.includes("done "));
  await end.client.publishAsync("default/test", "silent", { qos: 1 });
  await flushed(end);
  assert.ok(!uploadsOf(cloud).includes("default/test silent"));
});

test("rules with the clients on mosquitto", {
  skip: withoutMosquitto,
  timeout: 30_000,
}, async (t) => {
  await using broker = await Mosquitto.create();
  await broker.start();
  await using cloud = new ScriptedCloud();
  const url = await cloud.listen();
  const external = { url: `mqtt://127.0.0.1:${broker.port}` };
  await startEdge(t, url, await newFolder(t), { mode: "external", external });
  await until("the link", () => cloud.of("membership/detail").length > 0);
  const peer = await connect(t, broker.port, ["lamp/#"]);
  await until("the command", () => {
    cloud.say({ ...rule, operation: "publish", resource: "lamp/on", content: "1" });
    return peer.heard.includes("lamp/on 1");
  });
  cloud.say({ ...rule, operation: "subscribe", resource: "plant/+/t", content: "" });
  await until("the subscription", () => {
    peer.client.publish("plant/3/t", "21");
    return uploadsOf(cloud).includes("plant/3/t 21");
  });
  await peer.client.publishAsync("my/user/data", "d", { qos: 1 });
  await until("the upload", () => uploadsOf(cloud).includes("my/user/data d"));
  cloud.say({ ...rule, operation: "unsubscribe", resource: "plant/+/t", content: "" });
  // The broker has unsubscribed when what is sent first does not arrive before what is sent second.
  for (let n = 0; ; n += 1) {
    await peer.client.publishAsync("plant/3/t", `late ${n}`, { qos: 1 });
    await peer.client.publishAsync("my/user/data", `mark ${n}`, { qos: 1 });
    await until("the mark", () => uploadsOf(cloud).includes(`my/user/data mark ${n}`));
    if (!uploadsOf(cloud).includes(`plant/3/t late ${n}`)) break;
    assert.ok(n < 100, "still subscribed");
  }
});
