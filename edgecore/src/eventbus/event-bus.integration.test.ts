import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MapperkitError } from "@mapperkit/api";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync, type MqttClient } from "mqtt";
import type { Publication } from "../devicetwin/publication.ts";
import { createEventBus } from "./create-event-bus.ts";
import type { DeviceRequests, EventBus } from "./event-bus.ts";
import { mqttSettings } from "./mqtt-settings.ts";
import { PublicationQueue } from "./publication-queue.ts";
import { MemoryRuleTopicStore } from "./user/memory-rule-topic-store.ts";

interface Context {
  after(work: () => Promise<unknown>): void;
  signal: AbortSignal;
}

async function newFolder(t: Context): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "event-bus-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function startBus(t: Context, requests: DeviceRequests, port = 0) {
  const publications = new PublicationQueue();
  const bus = createEventBus({
    node: "edge-1",
    settings: mqttSettings.parse({ port }),
    dataDir: await newFolder(t),
    requests,
    publications,
    ruleTopics: new MemoryRuleTopicStore(),
    clock: new RealClock(),
    random: createRandom(1),
    log: silentLog,
  });
  t.after(() => bus.stop());
  await bus.start(t.signal);
  return { bus, publications };
}

/** A client and all that it hears, as `topic body`. */
async function connect(t: Context, bus: EventBus, filters: string[] = []) {
  const client = await connectAsync(`mqtt://127.0.0.1:${bus.port}`, { protocolVersion: 4 });
  t.after(() => client.endAsync(true));
  const heard: string[] = [];
  client.on("message", (topic, body) => heard.push(`${topic} ${body}`));
  if (filters.length > 0) await client.subscribeAsync(filters, { qos: 1 });
  return { client, heard };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const limit = Date.now() + 5_000;
  while (!isSo()) {
    assert.ok(Date.now() < limit, `waited 5 s for ${what}`);
    await sleep(5);
  }
}

/** Everything sent before is delivered when this comes back: the broker keeps the order. */
async function flush({ client, heard }: { client: MqttClient; heard: string[] }): Promise<void> {
  const topic = `flush/${client.options.clientId}`;
  await client.subscribeAsync(topic);
  await client.publishAsync(topic, "", { qos: 1 });
  await until("the end of what was sent", () => heard.at(-1) === `${topic} `);
  heard.pop();
}

const nobody: DeviceRequests = { handle: () => undefined };
const TOPIC = "$hw/events/device/default/lamp/twin/update";

function notice(name: string, n = 0): Publication {
  const action = "twin/update/document";
  return { kind: "notice", device: `default/${name}`, action, body: { n } };
}

test("a twin update is acknowledged when it is durable, not before", async (t) => {
  const held = Promise.withResolvers<Publication[]>();
  const { bus } = await startBus(t, {
    handle: (topic) => (topic === TOPIC ? held.promise : undefined),
  });
  const { client } = await connect(t, bus);
  let isAcknowledged = false;
  const published = client.publishAsync(TOPIC, "{}", { qos: 1 }).then(() => {
    isAcknowledged = true;
  });
  const probe = await connect(t, bus);
  await flush(probe);
  assert.equal(isAcknowledged, false);
  held.resolve([]);
  await published;
});

test("observers hear the update, then what follows from it, in order", async (t) => {
  const reply = { device: "default/lamp", form: "long" } as const;
  const { bus } = await startBus(t, {
    handle: (topic) =>
      topic === TOPIC
        ? Promise.resolve<Publication[]>([
            { kind: "reply", ...reply, action: "twin/update/result", body: { n: 1 } },
            notice("lamp", 2),
          ])
        : undefined,
  });
  const observer = await connect(t, bus, ["$hw/events/device/#"]);
  const { client } = await connect(t, bus);
  for (let n = 0; n < 20; n++) {
    client.publish(TOPIC, String(n), { qos: n % 2 === 0 ? 1 : 0 });
  }
  await until("all of it", () => observer.heard.length === 60);
  const numbers = observer.heard.map((text) => text.slice(text.lastIndexOf(" ") + 1));
  for (const text of ['{"n":1}', '{"n":2}']) {
    assert.equal(numbers.filter((said) => said === text).length, 20);
  }
  assert.ok(
    observer.heard.indexOf(`${TOPIC} 0`) < observer.heard.indexOf(`${TOPIC}/result {"n":1}`),
  );
});

test("documents go out in each form that somebody listens to, to nobody twice", async (t) => {
  const { bus, publications } = await startBus(t, nobody);
  const bare = await connect(t, bus, ["$hw/events/device/+/twin/update/document"]);
  const long = await connect(t, bus, ["$hw/events/device/+/+/twin/update/document"]);
  const all = await connect(t, bus, ["$hw/events/device/#"]);
  publications.publish([notice("lamp")]);
  await Promise.all([bare, long, all].map(flush));
  assert.deepEqual(bare.heard, ['$hw/events/device/lamp/twin/update/document {"n":0}']);
  assert.deepEqual(long.heard, ['$hw/events/device/default/lamp/twin/update/document {"n":0}']);
  assert.equal(all.heard.length, 2, "who listens to everything sees both forms");
});

test("announcements are retained, and removed by an empty one", async (t) => {
  const { bus, publications } = await startBus(t, nobody);
  const device = "default/lamp" as const;
  const filter = "$hw/events/node/+/devices/#";
  publications.publish([{ kind: "announcement", device, body: { version: 1 } as never }]);
  const early = await connect(t, bus, [filter]);
  const text = "$hw/events/node/edge-1/devices/default/lamp";
  await until("the announcement", () => early.heard.includes(`${text} {"version":1}`));
  publications.publish([{ kind: "announcement", device, body: undefined }]);
  await until("the removal", () => early.heard.includes(`${text} `));
  const late = await connect(t, bus, [filter]);
  await flush(late);
  assert.deepEqual(late.heard, []);
});

test("a client cannot announce devices or speak as the broker, and stays connected", async (t) => {
  const { bus } = await startBus(t, nobody);
  const observer = await connect(t, bus, ["$hw/events/#", "$SYS/fake"]);
  const { client } = await connect(t, bus);
  const topic = "$hw/events/node/edge-1/devices/default/fake";
  await client.publishAsync(topic, "{}", { qos: 1, retain: true });
  await client.publishAsync("$SYS/fake", "{}", { qos: 1 });
  await client.publishAsync("$hw/events/node/edge-1/mine", "free", { qos: 1 });
  await flush(observer);
  assert.deepEqual(observer.heard, ["$hw/events/node/edge-1/mine free"]);
  assert.equal(client.connected, true);
});

test("what mappers say to each other passes: retained, wills, QoS 0 to 2", async (t) => {
  const { bus } = await startBus(t, nobody);
  const observer = await connect(t, bus, ["$ke/events/device/+/data/update", "will"]);
  const { client } = await connect(t, bus);
  const topic = "$ke/events/device/lamp/data/update";
  for (const qos of [0, 1, 2] as const) await client.publishAsync(topic, `q${qos}`, { qos });
  const dying = await connectAsync(`mqtt://127.0.0.1:${bus.port}`, {
    will: { topic: "will", payload: Buffer.from("gone"), qos: 1, retain: true },
    reconnectPeriod: 0,
  });
  dying.stream.destroy();
  await until("the will", () => observer.heard.includes("will gone"));
  assert.deepEqual(observer.heard, [`${topic} q0`, `${topic} q1`, `${topic} q2`, "will gone"]);
  const late = await connect(t, bus, ["will"]);
  await until("the retained will", () => late.heard.length === 1);
});

test("a request that fails inside does not hang its sender", async (t) => {
  const { bus } = await startBus(t, { handle: () => Promise.reject(new Error("broken")) });
  const { client } = await connect(t, bus);
  await client.publishAsync(TOPIC, "{}", { qos: 1 });
});

test("a taken port is named", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(async () => other.close());
  const { port } = other.address() as { port: number };
  await assert.rejects(startBus(t, nobody, port), (error: unknown) => {
    assert.ok(error instanceof MapperkitError);
    assert.equal(error.code, "invalid_input");
    return error.message.includes(String(port));
  });
});

test("random bytes on the socket end that connection only", async (t) => {
  const { bus } = await startBus(t, nobody);
  const { connect: dial } = await import("node:net");
  for (const bytes of [[0], [0x10, 0xff, 0xff, 0xff, 0xff], [0x30, 2, 0, 9], [0x10, 2, 0, 4]]) {
    const socket = dial(bus.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.end(Uint8Array.from(bytes));
    await once(socket, "close");
  }
  const { client } = await connect(t, bus);
  await client.publishAsync("still", "here", { qos: 1 });
});
