import assert from "node:assert/strict";
import { connect as dial, type Socket } from "node:net";
import { test } from "node:test";
import { MemoryLog } from "@mapperkit/runtime";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import type { Publication } from "../../devicetwin/publication.ts";
import { connect, flushed, startBus, until } from "../testing/running-bus.ts";

/** A socket that is connected as an MQTT client, and says and reads bytes only when told to. */
async function dialRaw(t: { after(work: () => Promise<unknown>): void }, port: number) {
  const socket = dial(port, "127.0.0.1");
  socket.on("error", () => {});
  t.after(async () => socket.destroy());
  const login = { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true } as const;
  const clientId = `raw-${Math.random()}`;
  socket.write(generate({ ...login, clientId, keepalive: 0 } as never));
  await new Promise((resolve) => socket.once("data", resolve));
  return socket;
}

function publish(topic: string, payload: string, options: object = {}): Buffer {
  const message = { cmd: "publish", topic, payload, qos: 0, retain: false, dup: false };
  return generate({ ...message, ...options } as never);
}

async function stopReading(socket: Socket, filter: string, qos = 0): Promise<void> {
  const subscriptions = [{ topic: filter, qos }];
  socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions } as never));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
}

test("a message is not lost when another one overtakes it inside the broker", async (t) => {
  const { bus } = await startBus(t);
  const peer = await connect(t, bus.port, ["a/#"]);
  const raw = await dialRaw(t, bus.port);
  const packets: Buffer[] = [];
  for (let n = 1; n <= 200; n += 1) {
    const kept = { qos: 1, retain: true, messageId: n };
    packets.push(publish("a/kept", `k${n}`, kept), publish("a/plain", `p${n}`));
  }
  raw.write(Buffer.concat(packets));
  await until("all of them", () => peer.heard.length >= 400);
  const expected = Array.from({ length: 200 }, (_, n) => n + 1);
  const said = (prefix: string) =>
    peer.heard.filter((text) => text.startsWith(prefix)).map((text) => +text.slice(prefix.length));
  assert.deepEqual(said("a/kept k"), expected);
  assert.deepEqual(said("a/plain p"), expected);
});

test("overlapping subscriptions bring a message once", async (t) => {
  const { bus } = await startBus(t);
  const peer = await connect(t, bus.port, ["a/#", "a/+", "a/b"]);
  const sender = await connect(t, bus.port);
  for (let n = 0; n < 50; n += 1) sender.client.publish("a/b", `${n}`, { qos: n % 2 ? 1 : 0 });
  await sender.client.publishAsync("a/b", "end", { qos: 1 });
  await until("the end", () => peer.heard.includes("a/b end"));
  assert.equal(peer.heard.length, 51);
});

test("ten thousand publications at once neither overflow the stack nor get lost", async (t) => {
  const { bus, publications } = await startBus(t);
  const peer = await connect(t, bus.port, ["$hw/events/device/#"]);
  const many = Array.from({ length: 10_000 }, (_, n): Publication => {
    return { kind: "notice", device: "plant/lamp", action: "twin/update/document", body: { n } };
  });
  publications.publish(many);
  await until("all of them", () => peer.heard.length === 10_000);
  assert.match(peer.heard.at(-1) ?? "", /"n":9999/);
});

test("a subscriber that stops reading costs the others nothing, and is cut off within its bound", async (t) => {
  const log = new MemoryLog();
  const { bus, publications } = await startBus(
    t,
    { limits: { maxUnreadBytes: 1_048_576 } },
    { log },
  );
  const frozen = await dialRaw(t, bus.port);
  await stopReading(frozen, "$hw/events/device/#", 1);
  const reader = await connect(t, bus.port, ["$hw/events/device/#"]);
  const text = "x".repeat(10_000);
  let isGone = false;
  frozen.on("close", () => {
    isGone = true;
  });
  let sent = 0;
  const before = process.memoryUsage().rss;
  while (bus.sessions > 1) {
    sent += 1;
    const body = { n: sent, text };
    publications.publish([
      { kind: "notice", device: "plant/lamp", action: "twin/update/document", body },
    ]);
    await until("the one who reads", () => reader.heard.length === sent);
    reader.heard.fill("");
    assert.ok(sent < 20_000, "the frozen one was never cut off");
  }
  assert.ok(process.memoryUsage().rss - before < 300e6);
  assert.match(JSON.stringify(log.entries), /does not read what it is sent/);
  frozen.resume();
  await until("the end of its connection", () => isGone);
});

test("who publishes to a frozen subscriber waits half a second at most; at QoS 0 the rest is dropped", async (t) => {
  const { bus } = await startBus(t);
  const frozen = await dialRaw(t, bus.port);
  await stopReading(frozen, "data/#");
  const sender = await connect(t, bus.port);
  const reader = await connect(t, bus.port, ["data/#"]);
  const payload = "x".repeat(50_000);
  for (let n = 0; n < 400; n += 1) sender.client.publish("data/1", payload);
  await until("all of it", () => reader.heard.length === 400);
  assert.equal(bus.sessions, 3, "the frozen one lost messages, not its connection");
});

test("a client that floods leaves the others their share", async (t) => {
  const { bus } = await startBus(t);
  const calm = await connect(t, bus.port);
  const observer = await connect(t, bus.port, ["flood/end"]);
  const flood = await dialRaw(t, bus.port);
  flood.write(Buffer.concat(Array.from({ length: 200_000 }, () => publish("flood", "x"))));
  flood.write(publish("flood/end", "", { qos: 1, messageId: 1 }));
  for (let n = 0; n < 50; n += 1) await calm.client.publishAsync("calm", "x", { qos: 1 });
  assert.deepEqual(observer.heard, [], "fifty answers came while the flood was dealt with");
  await until("the end of the flood", () => observer.heard.length > 0, 30_000);
});

test("packets too large end the connection that sends them", async (t) => {
  const log = new MemoryLog();
  const { bus } = await startBus(t, { limits: { maxPacketBytes: 2_000 } }, { log });
  const raw = await dialRaw(t, bus.port);
  const closed = new Promise((resolve) => raw.once("close", resolve));
  raw.write(publish("a", "x".repeat(3_000)));
  await closed;
  assert.match(JSON.stringify(log.entries), /larger than 2000 bytes/);
  const other = await connect(t, bus.port);
  await other.client.publishAsync("a", "x".repeat(1_900), { qos: 1 });
});

test("topics that may not be published to: refused, logged, and the next connection works", async (t) => {
  const log = new MemoryLog();
  const { bus } = await startBus(t, {}, { log });
  const long = "a/".repeat(200);
  for (const topic of ["a/+/b", "#", "", long]) {
    const raw = await dialRaw(t, bus.port);
    const closed = new Promise((resolve) => raw.once("close", resolve));
    const bytes = Buffer.from(`00${topic}`);
    bytes.writeUInt16BE(topic.length);
    const length =
      bytes.length < 128 ? [bytes.length] : [(bytes.length % 128) | 0x80, bytes.length >> 7];
    raw.write(Buffer.concat([Buffer.of(0x30, ...length), bytes]));
    await closed;
  }
  assert.equal(log.entries.filter(({ message }) => message === "MQTT client cut off").length, 4);
  const peer = await connect(t, bus.port, ["a//b"]);
  await peer.client.publishAsync("a//b", "empty levels are levels", { qos: 1 });
  await flushed(peer);
  assert.deepEqual(peer.heard, ["a//b empty levels are levels"]);
});

test("whatever bytes come, before or after the greeting, the broker goes on", async (t) => {
  const { bus } = await startBus(t);
  const valid = [
    publish("a", "b", { qos: 2, messageId: 1 }),
    generate({
      cmd: "subscribe",
      messageId: 2,
      subscriptions: [{ topic: "a/#", qos: 2 }],
    } as never),
    generate({ cmd: "unsubscribe", messageId: 3, unsubscriptions: ["a/#"] } as never),
    generate({ cmd: "pubrel", messageId: 9 } as never),
    generate({ cmd: "puback", messageId: 9 } as never),
    generate({ cmd: "pubrec", messageId: 9 } as never),
  ];
  const spoiled = fc
    .tuple(fc.constantFrom(...valid), fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 3 }))
    .map(([bytes, changes]) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, byte] of changes) if (at < copy.length) copy[at] = byte;
      return copy;
    });
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), spoiled);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(bytes, { maxLength: 6 }), async (isGreeted, parts) => {
      const socket = isGreeted ? await dialRaw(t, bus.port) : dial(bus.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.end(Buffer.concat(parts));
      await closed;
    }),
    { numRuns: 150 },
  );
  const peer = await connect(t, bus.port, ["still"]);
  await peer.client.publishAsync("still", "here", { qos: 2 });
  await until("an answer", () => peer.heard.includes("still here"));
});
