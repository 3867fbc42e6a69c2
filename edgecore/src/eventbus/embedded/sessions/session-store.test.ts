import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { MemoryLog, silentLog } from "@mapperkit/runtime";
import { MemorySessionJournal } from "./memory-session-journal.ts";
import type { SessionJournal } from "./session-journal.ts";
import type { SessionPacket } from "./session-packet.ts";
import { SessionStore } from "./session-store.ts";
import { SqliteSessionJournal } from "./sqlite-session-journal.ts";

type Suite = (options: {
  test: (title: string, run: (t: TestContext) => unknown) => unknown;
  persistence: () => SessionStore;
  testAsync: true;
}) => void;
// The suite that every persistence of aedes has to pass.
const runSuite = createRequire(import.meta.url)("aedes-persistence/abstract") as Suite;

function storeOver(journal: SessionJournal, log = silentLog): SessionStore {
  const limits = { maxQueued: 100, maxRetained: 3 };
  return new SessionStore({
    journal,
    ...limits,
    mayHear: (_, topic) => topic !== "forbidden",
    isVolatile: (topic) => topic.startsWith("volatile"),
    log,
  });
}

runSuite({
  test: (title, run) =>
    void test(`aedes: ${title}`, async (t) => void (await run(t as TestContext))),
  persistence: () => storeOver(new MemorySessionJournal()),
  testAsync: true,
});

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mqtt-sessions-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const journals: {
  name: string;
  make: (t: TestContext) => Promise<() => Promise<SessionJournal>>;
}[] = [
  {
    name: "memory",
    make: async () => {
      const journal = new MemorySessionJournal();
      return async () => journal;
    },
  },
  {
    name: "SQLite",
    make: async (t) => {
      const folder = await newFolder(t);
      return () => SqliteSessionJournal.open(folder, { durability: "full", log: silentLog });
    },
  },
];

function message(topic: string, text: string, counter: number, qos = 1): SessionPacket {
  const origin = { brokerId: "b", brokerCounter: counter };
  return { cmd: "publish", ...origin, topic, payload: Buffer.from(text), qos, retain: true };
}

async function textsOf(stream: AsyncIterable<SessionPacket>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { cmd, topic, payload, messageId } of stream) {
    texts.push([cmd, topic, payload, messageId].filter((part) => part !== undefined).join(" "));
  }
  return texts;
}

const lamp = { id: "lamp" };
const fan = { id: "fan" };

for (const { name, make } of journals) {
  test(`${name}: retained messages, sessions and wills survive a restart`, async (t) => {
    const open = await make(t);
    const before = storeOver(await open());
    await before.setup({ id: "before" });
    await before.storeRetained(message("a", "old", 1));
    await before.storeRetained(message("a", "new", 2));
    await before.storeRetained(message("b", "x", 3));
    await before.storeRetained(message("b", "", 4));
    await before.storeRetained(message("volatile/c", "x", 5));
    await before.addSubscriptions(lamp, [
      { topic: "a/+", qos: 1 },
      { topic: "b", qos: 0 },
    ]);
    await before.addSubscriptions(fan, [{ topic: "a/+", qos: 2 }]);
    await before.removeSubscriptions(fan, ["a/+"]);
    for (const n of [10, 11, 12]) {
      await before.outgoingEnqueueCombi([{ clientId: "lamp" }], message("a/1", `m${n}`, n, 2));
      await before.outgoingUpdate(lamp, { ...message("a/1", `m${n}`, n), messageId: n });
    }
    await before.outgoingClearMessageId(lamp, { cmd: "puback", messageId: 10 });
    await before.outgoingUpdate(lamp, { cmd: "pubrel", messageId: 11 });
    await before.incomingStorePacket(fan, { ...message("q2", "held", 20, 2), messageId: 7 });
    await before.putWill(lamp, message("will", "gone", 0));
    await before.destroy();

    const after = storeOver(await open());
    await after.setup({ id: "after" });
    assert.deepEqual(await textsOf(after.createRetainedStream("#")), ["publish a new"]);
    const kept = (await after.subscriptionsByClient(lamp)).map(({ topic, qos }) => [topic, qos]);
    assert.deepEqual(kept, [
      ["a/+", 1],
      ["b", 0],
    ]);
    assert.deepEqual(await after.subscriptionsByClient(fan), []);
    assert.deepEqual(await textsOf(after.outgoingStream(lamp)), [
      "pubrel 11",
      "publish a/1 m12 12",
    ]);
    const held = await after.incomingGetPacket(fan, { cmd: "publish", messageId: 7 });
    assert.equal(String(held.payload), "held");
    const wills = await textsOf(after.streamWill({}));
    assert.deepEqual(wills, ["publish will gone"]);
    await after.cleanSubscriptions(lamp);
    await after.destroy();

    const last = storeOver(await open());
    await last.setup({ id: "last" });
    assert.deepEqual(await textsOf(last.outgoingStream(lamp)), []);
    await last.destroy();
  });
}

test("a session that nobody reads, and retained topics without end, stay within bounds", async () => {
  const log = new MemoryLog();
  const store = storeOver(new MemorySessionJournal(), log);
  await store.setup({ id: "b" });
  for (let n = 0; n < 150; n += 1) {
    await store.outgoingEnqueueCombi([{ clientId: "lamp" }], message("a", `m${n}`, n));
  }
  assert.equal((await textsOf(store.outgoingStream(lamp))).length, 100);
  for (const topic of ["a", "b", "c", "d", "a"]) await store.storeRetained(message(topic, "x", 1));
  assert.equal((await textsOf(store.createRetainedStream("#"))).length, 3);
  assert.equal(store.dropped, 51);
  assert.equal(log.entries.length, 2, "told once each, not for every message");
  await store.outgoingUpdate(lamp, { ...message("a", "m0", 0), messageId: 1 });
  await store.outgoingClearMessageId(lamp, { cmd: "puback", messageId: 1 });
  await store.outgoingEnqueue({ clientId: "lamp" }, message("a", "room again", 200));
  assert.equal((await textsOf(store.outgoingStream(lamp))).at(-1), "publish a room again");
});

test("what a client may not hear is not kept for it", async () => {
  const store = storeOver(new MemorySessionJournal());
  await store.setup({ id: "b" });
  await store.outgoingEnqueueCombi([{ clientId: "lamp" }], message("forbidden", "x", 1));
  assert.deepEqual(await textsOf(store.outgoingStream(lamp)), []);
});

test("two subscriptions that fit one message keep it once", async () => {
  const store = storeOver(new MemorySessionJournal());
  await store.setup({ id: "b" });
  await store.addSubscriptions(lamp, [
    { topic: "a/#", qos: 1 },
    { topic: "a/+", qos: 1 },
  ]);
  const subscriptions = await store.subscriptionsByTopic("a/1");
  assert.equal(subscriptions.length, 2);
  await store.outgoingEnqueueCombi(subscriptions, message("a/1", "x", 1));
  assert.equal((await textsOf(store.outgoingStream(lamp))).length, 1);
});
