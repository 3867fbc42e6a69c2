import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceId, Envelope } from "@mapperkit/api";
import { MemoryLog, VirtualClock } from "@mapperkit/runtime";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";
import { SampleOutbox } from "./sample-outbox.ts";

interface Content {
  readonly sequence: number;
  readonly samples: readonly { property: string; sequence: number; value: string }[];
}

class Link {
  readonly takesSamples = true;
  readonly sent: Envelope[] = [];
  isFull = false;

  send(envelope: Envelope): boolean {
    if (!this.isFull) this.sent.push(envelope);
    return !this.isFull;
  }

  get sequences(): number[] {
    return this.sent.flatMap(({ content }) => (content as Content).samples.map((s) => s.sequence));
  }
}

async function setUp(maxSamples = 1_000, store = new MemoryTwinStore()) {
  const clock = new VirtualClock(1_700_000_000_000);
  const log = new MemoryLog();
  const outbox = new SampleOutbox({ store, maxSamples, clock, log });
  await outbox.start();
  const put = async (count: number, device: DeviceId = "default/lamp") => {
    for (let n = 0; n < count; n++) {
      const sequence = outbox.nextSequence();
      const sample = { value: `v${sequence}`, metadata: { timestamp: sequence } };
      await store.commit([{ kind: "outbox", sequence, device, property: "p", sample }]);
      outbox.stored(sequence);
    }
    await turns();
  };
  const confirm = async ({ header }: Envelope) => {
    outbox.confirm(header.msg_id);
    await turns();
  };
  return { store, clock, log, outbox, put, confirm };
}

async function turns(): Promise<void> {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
}

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

test("samples leave in their order, those of one device together", async () => {
  const { outbox, put } = await setUp();
  await put(2);
  await put(1, "default/door");
  await put(1);
  const link = new Link();
  outbox.connected(link);
  await turns();
  const told = link.sent.map(({ route, content }) => [
    route.resource,
    (content as Content).samples.map(({ value }) => value).join(),
    (content as Content).sequence,
  ]);
  assert.deepEqual(told, [
    ["device/default/lamp/samples", "v1,v2", 2],
    ["device/default/door/samples", "v3", 3],
    ["device/default/lamp/samples", "v4", 4],
  ]);
});

test("a cloud that has no sink gets none, and they wait", async () => {
  const { outbox, put } = await setUp();
  const sent: Envelope[] = [];
  outbox.connected({ send: (envelope) => sent.push(envelope) > 0 });
  await put(3);
  assert.deepEqual([sent.length, outbox.waiting], [0, 3]);
});

test("a new link gets again what was not confirmed, and nothing that was", async () => {
  const { outbox, put, confirm } = await setUp();
  const first = new Link();
  outbox.connected(first);
  for (let n = 0; n < 3; n++) await put(1);
  assert.deepEqual(first.sequences, [1, 2, 3]);
  // The second one's confirmation alone moves nothing: the first would be lost.
  await confirm(first.sent[1] as Envelope);
  assert.equal(outbox.waiting, 3);
  await confirm(first.sent[0] as Envelope);
  assert.equal(outbox.waiting, 1);
  const second = new Link();
  outbox.connected(second);
  await turns();
  assert.deepEqual(second.sequences, [3]);
});

test("the store forgets what was confirmed, and a restart goes on behind it", async () => {
  const { outbox, store, put, confirm } = await setUp();
  const link = new Link();
  outbox.connected(link);
  await put(1);
  await put(2);
  await confirm(link.sent[0] as Envelope);
  await outbox.stop();
  const restarted = await setUp(1_000, store);
  const next = new Link();
  restarted.outbox.connected(next);
  await restarted.put(1);
  assert.deepEqual(next.sequences, [2, 3, 4]);
});

test("what nobody confirms is sent again after a minute", async () => {
  const { outbox, clock, put } = await setUp();
  const link = new Link();
  outbox.connected(link);
  await put(1);
  await clock.advance(59_000);
  await turns();
  assert.deepEqual(link.sequences, [1]);
  await clock.advance(10_000);
  await turns();
  assert.deepEqual(link.sequences, [1, 1]);
});

test("above the bound the oldest are dropped, counted and named once", async () => {
  const { outbox, log, put } = await setUp(5);
  await put(8);
  assert.deepEqual([outbox.waiting, outbox.dropped], [5, 3]);
  assert.equal(log.entries.filter(({ message }) => message.startsWith("outbox full")).length, 1);
  const link = new Link();
  outbox.connected(link);
  await turns();
  assert.deepEqual(link.sequences, [4, 5, 6, 7, 8]);
});

test("a long queue goes page by page, however few messages may be unconfirmed", async () => {
  const { outbox, put, confirm } = await setUp(10_000);
  for (let n = 0; n < 300; n++) await put(1, `default/dev-${n % 2}`);
  const link = new Link();
  outbox.connected(link);
  await turns();
  for (let n = 0; n < link.sent.length; n++) await confirm(link.sent[n] as Envelope);
  assert.deepEqual([...new Set(link.sequences)], upTo(300));
  assert.equal(outbox.waiting, 0);
});

test("a full link holds samples back until it has room", async () => {
  const { outbox, put } = await setUp();
  const link = new Link();
  link.isFull = true;
  outbox.connected(link);
  await put(2);
  link.isFull = false;
  outbox.resume();
  await turns();
  assert.deepEqual(link.sequences, [1, 2]);
});

test("samples of a removed device hold nothing up", async () => {
  const { outbox, store, put } = await setUp();
  await put(2, "default/gone");
  await store.commit([{ kind: "forget", device: "default/gone" }]);
  outbox.connected(new Link());
  await turns();
  assert.equal(outbox.waiting, 0);
});
