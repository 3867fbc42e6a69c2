import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Envelope } from "@mapperkit/api";
import { MemoryLog, RealClock, silentLog, VirtualClock } from "@mapperkit/runtime";
import { EdgeDatabase } from "../../database/edge-database.ts";
import type { BusMessage } from "../bus-broker.ts";
import { CloudOrders } from "./cloud-orders.ts";
import { CloudUploads } from "./cloud-uploads.ts";
import { MemoryRuleTopicStore } from "./memory-rule-topic-store.ts";
import { type RuleTopicStore, RuleTopics } from "./rule-topics.ts";
import { SqliteRuleTopicStore } from "./sqlite-rule-topic-store.ts";

const uploads: [topic: string, isUpload: boolean][] = [
  ["$hw/events/upload/x", true],
  ["$hw/events/upload", true],
  ["SYS/dis/upload_records", true],
  ["SYS/dis/upload_records/x", false],
  ["any/user/thing/deep", true],
  ["any/user", true],
  ["$any/user/x", false],
  ["user/any", false],
  ["default/test", true],
  ["default/test/x", false],
  ["plant/3/temperature", true],
  ["plant/3", false],
  ["$hw/events/device/lamp/twin/update", false],
];
for (const [topic, isUpload] of uploads) {
  test(`${topic} ${isUpload ? "goes" : "does not go"} to the cloud`, async () => {
    const topics = new RuleTopics(new MemoryRuleTopicStore());
    for (const filter of ["default/test", "plant/+/temperature"]) await topics.add(filter);
    assert.equal(topics.wants(topic), isUpload);
  });
}

const stores: { name: string; make: (t: TestContext) => Promise<() => Promise<RuleTopicStore>> }[] =
  [
    {
      name: "memory",
      make: async () => {
        const store = new MemoryRuleTopicStore();
        return async () => store;
      },
    },
    {
      name: "SQLite",
      make: async (t) => {
        const folder = await mkdtemp(join(tmpdir(), "rule-topics-"));
        t.after(() => rm(folder, { recursive: true }));
        let open: EdgeDatabase | undefined;
        t.after(async () => open?.stop());
        return async () => {
          await open?.stop();
          open = new EdgeDatabase({ folder, node: "n", clock: new RealClock(), log: silentLog });
          await open.start(t.signal);
          return new SqliteRuleTopicStore(open);
        };
      },
    },
  ];
for (const { name, make } of stores) {
  test(`${name}: what rules listen to survives a restart`, async (t) => {
    const open = await make(t);
    const before = new RuleTopics(await open());
    await before.load();
    for (const topic of ["a/b", "a/+", "gone", "a/b"]) await before.add(topic);
    assert.equal(await before.remove("gone"), true);
    assert.equal(await before.remove("never"), false);
    const after = new RuleTopics(await open());
    await after.load();
    assert.deepEqual(after.filters.slice(3).sort(), ["a/+", "a/b"]);
  });
}

class Link {
  readonly heard: Envelope[] = [];
  isFull = false;

  send(envelope: Envelope): boolean {
    if (this.isFull) return false;
    this.heard.push(envelope);
    return true;
  }
}

test("an upload is KubeEdge's message, binary as base64", () => {
  const queue = new CloudUploads({ clock: new VirtualClock(1_700_000_000_000), log: silentLog });
  const link = new Link();
  queue.connected(link);
  queue.offer("default/test", Buffer.from('{"edgemsg":"msgtocloud"}'));
  queue.offer("bytes", Uint8Array.of(0xff, 0));
  const [first, second] = link.heard;
  assert.deepEqual(first?.route, {
    source: "bus",
    group: "user",
    operation: "upload",
    resource: "default/test",
  });
  assert.equal(first?.content, '{"edgemsg":"msgtocloud"}');
  assert.equal(first?.header.timestamp, 1_700_000_000_000);
  assert.equal(second?.content, "/wA=");
});

test("without a cloud the newest thousand wait, in order, and what was lost is told", () => {
  const log = new MemoryLog();
  const queue = new CloudUploads({ clock: new VirtualClock(), log });
  for (let n = 0; n < 1_500; n += 1) queue.offer("t", Buffer.from(`${n}`));
  assert.equal(queue.dropped, 500);
  const link = new Link();
  queue.connected(link);
  const expected = Array.from({ length: 1_000 }, (_, n) => `${n + 500}`);
  assert.deepEqual(
    link.heard.map(({ content }) => content),
    expected,
  );
  assert.match(JSON.stringify(log.entries), /"dropped":500/);
  queue.disconnected();
  for (let n = 0; n < 20; n += 1) queue.offer("t", Buffer.alloc(1_000_000, "x"));
  assert.ok(queue.dropped >= 11, "bytes are bounded too");
});

test("a link that is full is tried again with the next message, in order", () => {
  const queue = new CloudUploads({ clock: new VirtualClock(), log: silentLog });
  const link = new Link();
  queue.connected(link);
  link.isFull = true;
  queue.offer("t", Buffer.from("1"));
  link.isFull = false;
  queue.offer("t", Buffer.from("2"));
  assert.deepEqual(
    link.heard.map(({ content }) => content),
    ["1", "2"],
  );
});

function newOrders() {
  const done: string[] = [];
  const topics = new RuleTopics(new MemoryRuleTopicStore());
  const bus = {
    publish: ({ topic, payload }: BusMessage) => done.push(`publish ${topic} ${payload}`),
    subscribe: (filter: string) => done.push(`subscribe ${filter}`),
    unsubscribe: (filter: string) => done.push(`unsubscribe ${filter}`),
  };
  return { done, topics, orders: new CloudOrders("edge-1", topics, bus) };
}

test("orders of the cloud's router", async () => {
  const { done, topics, orders } = newOrders();
  const message = { topic: "t", b: 1 };
  const sent: [string, string, unknown][] = [
    ["subscribe", "default/test", ""],
    ["publish", "lamp/on", '{"v":1}'],
    ["publish", "node/edge-1/lamp/on", "trimmed"],
    ["publish", "node/edge-2/lamp", { v: 2 }],
    ["message", "", { message }],
    ["unsubscribe", "default/test", undefined],
    ["unsubscribe", "default/test", undefined],
  ];
  for (const [operation, resource, content] of sent) {
    assert.equal(await orders.take({ operation, resource, content }), true);
  }
  assert.deepEqual(done, [
    "subscribe default/test",
    'publish lamp/on {"v":1}',
    "publish lamp/on trimmed",
    'publish node/edge-2/lamp {"v":2}',
    `publish t ${JSON.stringify(message)}`,
    "unsubscribe default/test",
  ]);
  assert.equal(topics.wants("default/test"), false);
  const foreign = { operation: "POST", resource: "80:/x", content: {} };
  assert.equal(await orders.take(foreign), false, "servicebus is another module");
});

const bad: [operation: string, resource: string, content: unknown][] = [
  ["publish", "", "x"],
  ["publish", "a/+/b", "x"],
  ["publish", "a/\0", "x"],
  ["publish", "$hw/events/node/edge-1/devices/default/fake", "x"],
  ["publish", "$SYS/x", "x"],
  ["publish", "x".repeat(70_000), "x"],
  ["message", "", null],
  ["message", "", { message: { topic: 1 } }],
  ["subscribe", "", ""],
  ["subscribe", "a/#/b", ""],
  ["subscribe", "a+", ""],
  ["subscribe", "$hw/events/#", ""],
];
for (const [operation, resource, content] of bad) {
  test(`refused: ${operation} ${JSON.stringify(resource.slice(0, 50))} ${JSON.stringify(content)}`, async () => {
    const { done, orders } = newOrders();
    const code = { code: "invalid_input" };
    await assert.rejects(orders.take({ operation, resource, content }), code);
    assert.deepEqual(done, []);
  });
}
