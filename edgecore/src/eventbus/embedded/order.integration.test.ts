import assert from "node:assert/strict";
import { test } from "node:test";
import type { Publication } from "../../devicetwin/publication.ts";
import { publishPacket, RawClient, subscribePacket } from "../testing/raw-client.test.ts";
import { connect, flushed, startBus, until } from "../testing/running-bus.ts";

const unsubscribe = (messageId: number, topic: string) => {
  return { cmd: "unsubscribe", messageId, unsubscriptions: [topic] };
};

for (const clean of [true, false]) {
  test(`subscribed, unsubscribed and subscribed again in one write, clean ${clean}: subscribed`, async (t) => {
    const { bus } = await startBus(t);
    const raw = await RawClient.connect(t, bus.port, { clean });
    const packets = [subscribePacket(1, "a"), unsubscribe(2, "a"), subscribePacket(3, "a", 1)];
    raw.say(...packets, publishPacket("a", "heard"), unsubscribe(4, "a"), publishPacket("a", "no"));
    raw.say({ cmd: "pingreq" });
    await until("the answer to the last", () => raw.kinds.includes("pingresp"));
    const expected = ["connack", "suback 1", "unsuback 2", "suback 3", "publish", "unsuback 4"];
    assert.deepEqual(raw.kinds, [...expected, "pingresp"]);
  });
}

test("acknowledgements come in the order of the messages, whichever is durable first", async (t) => {
  const slow = Promise.withResolvers<Publication[]>();
  const handle = (topic: string) => (topic.includes("slow") ? slow.promise : undefined);
  const { bus } = await startBus(t, {}, { requests: { handle } });
  const observer = await connect(t, bus.port, ["from/#", "$hw/events/device/#"]);
  const raw = await RawClient.connect(t, bus.port);
  const topic = "$hw/events/device/default/slow/twin/update";
  raw.say(
    publishPacket(topic, "1", { qos: 1, messageId: 1 }),
    publishPacket("from/raw", "2", { qos: 1, messageId: 2 }),
    publishPacket("from/raw", "3", { qos: 2, messageId: 3 }),
  );
  await flushed(observer);
  assert.deepEqual(raw.kinds, ["connack"]);
  slow.resolve([]);
  await until("the last", () => raw.kinds.includes("pubrec 3"));
  assert.deepEqual(raw.kinds, ["connack", "puback 1", "puback 2", "pubrec 3"]);
  await flushed(observer);
  assert.deepEqual(observer.heard, [`${topic} 1`, "from/raw 2", "from/raw 3"]);
});

test("a message of QoS 2 that comes again before its release is one message, also over a new connection", async (t) => {
  const asked: string[] = [];
  const handle = (topic: string) => {
    asked.push(topic);
    return undefined;
  };
  const { bus } = await startBus(t, {}, { requests: { handle } });
  const observer = await connect(t, bus.port, ["from/raw"]);
  const first = await RawClient.connect(t, bus.port, { clean: false });
  const packet = publishPacket("from/raw", "once", { qos: 2, messageId: 7 });
  first.say(packet);
  await until("the first receipt", () => first.kinds.includes("pubrec 7"));
  first.socket.destroy();
  const second = await RawClient.connect(t, bus.port, { clean: false });
  second.say({ ...packet, dup: true }, { cmd: "pubrel", messageId: 7 });
  await until("the end", () => second.kinds.includes("pubcomp 7"));
  second.say(publishPacket("from/raw", "another", { qos: 2, messageId: 7 }));
  await until("the next", () => second.kinds.at(-1) === "pubrec 7");
  await flushed(observer);
  assert.deepEqual(observer.heard, ["from/raw once", "from/raw another"]);
  assert.equal(asked.filter((topic) => topic === "from/raw").length, 2);
});

test("a subscriber gets each message at the lower of two QoS, of several subscriptions the highest", async (t) => {
  const { bus } = await startBus(t);
  const raw = await RawClient.connect(t, bus.port);
  raw.say(subscribePacket(1, "a/#", 0), subscribePacket(2, "a/+", 1), subscribePacket(3, "b", 2));
  await until("the subscriptions", () => raw.kinds.includes("suback 3"));
  const sender = await connect(t, bus.port);
  for (const [topic, qos] of [
    ["a/1", 2],
    ["a/1/2", 2],
    ["a/1", 0],
    ["b", 1],
    ["b", 2],
  ] as const) {
    await sender.client.publishAsync(topic, "", { qos });
  }
  const messages = () => raw.heard.filter(({ cmd }) => cmd === "publish") as { qos?: number }[];
  await until("all", () => messages().length === 5);
  assert.deepEqual(
    messages().map(({ qos }) => qos),
    [1, 0, 0, 1, 2],
  );
});

test("what waited for a session comes in order, again and marked as such until it is acknowledged", async (t) => {
  const { bus } = await startBus(t);
  const first = await RawClient.connect(t, bus.port, { clean: false });
  first.say(subscribePacket(1, "to/raw", 1));
  await until("the subscription", () => first.kinds.includes("suback 1"));
  first.socket.destroy();
  const sender = await connect(t, bus.port);
  await until("its end", () => bus.sessions === 1);
  for (const text of ["1", "2", "3"]) {
    await sender.client.publishAsync("to/raw", text, { qos: 1 });
  }
  for (const isAgain of [false, true]) {
    const raw = await RawClient.connect(t, bus.port, { clean: false });
    await until(
      "all three",
      () => raw.kinds.filter((kind) => kind.startsWith("publish")).length === 3,
    );
    const messages = raw.heard.filter(({ cmd }) => cmd === "publish") as {
      payload: Buffer;
      dup: boolean;
    }[];
    assert.deepEqual(
      messages.map(({ payload, dup }) => [String(payload), dup]),
      [
        ["1", isAgain],
        ["2", isAgain],
        ["3", isAgain],
      ],
    );
    raw.socket.destroy();
    await until("the end of the connection", () => bus.sessions === 1);
  }
});
