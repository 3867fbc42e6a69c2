import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { connectAsync } from "mqtt";
import type { Publication } from "../../devicetwin/publication.ts";
import { createEdgeCore, type EdgeCore } from "../../edge-core.ts";
import { edgeCoreConfig } from "../../edge-core-config.ts";
import { noMetrics } from "../../monitoring/edge-metrics.ts";
import { readPrometheusText } from "../../monitoring/read-prometheus-text.test.ts";
import { publishPacket, RawClient, subscribePacket } from "../testing/raw-client.test.ts";
import { connect, flushed, startBus, until } from "../testing/running-bus.ts";
import { hashPassword } from "./access/password-hash.ts";

async function startEdge(t: TestContext, mqtt: object): Promise<EdgeCore> {
  const dataDir = await mkdtemp(join(tmpdir(), "edge-mqtt-metrics-"));
  const config = edgeCoreConfig.parse({
    dataDir,
    cloud: { url: "ws://127.0.0.1:1" },
    mqtt: { port: 0, ...mqtt },
    monitoring: { port: 0 },
  });
  const parts = { clock: new RealClock(), random: createRandom(1), log: silentLog };
  const edge = createEdgeCore(config, parts);
  t.after(async () => {
    await edge.stop();
    await rm(dataDir, { recursive: true });
  });
  await edge.start(t.signal);
  return edge;
}

/** What `curl …/metrics` shows of the broker, without the common beginning of the names. */
async function countsOf(edge: EdgeCore): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${edge.monitoringPort}/metrics`);
  const series = [...readPrometheusText(await response.text())];
  return new Map(
    series.flatMap(([name, value]) => {
      const key = /^mapperkit_edge_mqtt_(\w+)_total(?:\{reason="(\w+)"\})?$/.exec(name);
      return key ? [[[key[1], key[2]].filter(Boolean).join(" "), value] as const] : [];
    }),
  );
}

async function untilCounted(edge: EdgeCore, key: string, atLeast = 1): Promise<void> {
  const clock = new RealClock();
  const limit = clock.now() + 10_000;
  for (;;) {
    const counts = await countsOf(edge);
    if ((counts.get(key) ?? 0) >= atLeast) return;
    assert.ok(clock.now() < limit, `waited 10 s for ${key}; there is ${[...counts].join(" ")}`);
  }
}

test("who is refused, and why, can be read from the metrics", async (t) => {
  const user = (name: string) => ({ username: name, password: name });
  const edge = await startEdge(t, {
    users: [
      { name: "all", passwordHash: await hashPassword("all") },
      { name: "lamp", passwordHash: await hashPassword("lamp"), devices: ["default/lamp"] },
    ],
    limits: { maxConnections: 3 },
  });
  const url = `mqtt://127.0.0.1:${edge.mqttPort}`;
  const fails = (options: object) =>
    assert.rejects(connectAsync(url, { reconnectPeriod: 0, ...options }));
  await fails({ ...user("all"), password: "wrong" });
  await fails({ ...user("all"), protocolVersion: 5 });
  const will = { topic: "$hw/events/device/default/fan/state/update", payload: Buffer.from("x") };
  await fails({ ...user("lamp"), will });
  const lamp = await connect(t, edge.mqttPort, [], { ...user("lamp"), clientId: "lamp" });
  await fails({ ...user("all"), clientId: "lamp" });
  await lamp.client.publishAsync("elsewhere", "x", { qos: 1 });
  await assert.rejects(lamp.client.subscribeAsync("elsewhere"));
  const all = await connect(t, edge.mqttPort, [], user("all"));
  await all.client.publishAsync("$SYS/x", "x", { qos: 1 });
  const third = dial(edge.mqttPort, "127.0.0.1");
  t.after(() => third.destroy());
  await once(third, "connect");
  const fourth = dial(edge.mqttPort, "127.0.0.1");
  await Promise.race([once(fourth, "close"), once(fourth, "error")]);
  const counts = await countsOf(edge);
  for (const reason of [
    "bad_password",
    "mqtt_5",
    "acl_will",
    "foreign_client_id",
    "acl_publish",
    "acl_subscribe",
    "reserved_topic",
    "too_many",
  ]) {
    assert.equal(counts.get(`refused ${reason}`), 1, `${reason} of ${[...counts].join(" ")}`);
  }
});

test("what is dropped, cut off or slowed can be read from the metrics", async (t) => {
  const limits = {
    ...{ maxPacketBytes: 100_000, maxUnreadBytes: 65_536 },
    ...{ maxQueuedMessages: 2, maxRetainedMessages: 1 },
  };
  const edge = await startEdge(t, { limits });
  const port = edge.mqttPort;
  const away = await connect(t, port, ["to/away"], { clientId: "away", clean: false });
  await away.client.endAsync();
  const sender = await connect(t, port);
  for (const text of ["1", "2", "3"]) {
    await sender.client.publishAsync("to/away", text, { qos: 1 });
    await sender.client.publishAsync(`kept/${text}`, text, { qos: 1, retain: true });
  }
  await untilCounted(edge, "dropped session_full");
  await untilCounted(edge, "dropped retained_full", 2);

  const large = await RawClient.connect(t, port);
  large.say(publishPacket("a", "x".repeat(200_000)));
  await untilCounted(edge, "cut_off packet_too_large");
  const wrong = await RawClient.connect(t, port);
  wrong.socket.write(Buffer.from("\x36\x03\x00\x01a".repeat(3)));
  await untilCounted(edge, "cut_off protocol_error");
  assert.equal((await countsOf(edge)).get("cut_off protocol_error"), 1, "one connection, one end");

  const frozen = await RawClient.connect(t, port, { clientId: "frozen" });
  frozen.say(subscribePacket(1, "plain", 0), subscribePacket(2, "sure", 1));
  await until("its subscriptions", () => frozen.kinds.includes("suback 2"));
  frozen.socket.pause();
  const text = "x".repeat(50_000);
  const flood = async (topic: string, qos: 0 | 1, key: string) => {
    for (let n = 0; n < 400; n += 1) {
      await sender.client.publishAsync(topic, text, { qos });
      if (n % 20 === 19 && ((await countsOf(edge)).get(key) ?? 0) > 0) return;
    }
    await untilCounted(edge, key);
  };
  await flood("plain", 0, "dropped slow_subscriber");
  await untilCounted(edge, "slowed");
  await flood("sure", 1, "cut_off slow_reader");
  await flushed(sender);
});

test("a client with too much under way has to wait, and is served in the end", async (t) => {
  const held = Promise.withResolvers<Publication[]>();
  let asked = 0;
  const handle = () => {
    asked += 1;
    return held.promise;
  };
  const counted: string[] = [];
  const metrics = { ...noMetrics, count: (name: string) => void counted.push(name) };
  const { bus } = await startBus(t, {}, { requests: { handle }, metrics });
  const flood = await RawClient.connect(t, bus.port);
  const numbers = Array.from({ length: 20_000 }, (_, n) => n + 1);
  flood.say(...numbers.map((n) => publishPacket("twin/update", "x", { qos: 1, messageId: n })));
  await until("the count", () => counted.length > 0);
  assert.ok(asked < 10_000, `${asked} are under way`);
  held.resolve([]);
  await until("each answer", () => flood.heard.length === 1 + numbers.length);
  assert.deepEqual(
    flood.kinds.slice(1),
    numbers.map((n) => `puback ${n}`),
  );
  assert.deepEqual([...new Set(counted)], ["mapperkit_edge_mqtt_slowed_total"]);
});
