import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type DeviceId, deviceTopic, membershipTopic } from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { refusalReason } from "../../monitoring/refusal-reason.ts";
import { DeviceTwins } from "../device-twins.ts";
import type { Publication } from "../publication.ts";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";

const NOW = 1_700_000_000_000;

/** The devices that the recording was made with. */
async function recordedStore(): Promise<MemoryTwinStore> {
  const store = new MemoryTwinStore();
  for (const n of [2, 0, 6, 4, 1, 8, 7, 5, 3, 9]) {
    const name = `dev-${n}`;
    const record = { id: `default/${name}`, name, description: "", state: "", lastOnline: "" };
    await store.commit([{ kind: "device", record: record as typeof record & { id: DeviceId } }]);
  }
  const actual = { value: "997", metadata: { timestamp: 1 } };
  const twin = { actual, optional: true, type: "string", actualVersion: { cloud: 0, edge: 1 } };
  await store.commit([{ kind: "twin", device: "default/dev-7", property: "temperature", twin }]);
  return store;
}

async function startTwins(t: { after(work: () => Promise<void>): void; signal: AbortSignal }) {
  const store = await recordedStore();
  const twins = new DeviceTwins({
    store,
    publisher: { publish: () => {} },
    maxValueBytes: 65_536,
    clock: new VirtualClock(NOW),
    log: silentLog,
  });
  await twins.start(t.signal);
  t.after(() => twins.stop());
  return { store, twins };
}

function lineOf(publication: Publication): string {
  const { body } = publication;
  switch (publication.kind) {
    case "reply":
      return line(deviceTopic(publication.device, publication.action, publication.form), body);
    case "notice":
      return line(deviceTopic(publication.device, publication.action), body);
    case "membership":
      return line(membershipTopic("edge-1", publication.action), body);
    case "announcement":
      return "";
  }
}

function line(topic: string, body: unknown): string {
  return blank(`${topic} ${JSON.stringify(body)}`);
}

/** Times and made-up ids differ from run to run. */
function blank(text: string): string {
  return text
    .replace(/"timestamp":\d+/g, '"timestamp":0')
    .replace(/"event_id":"[0-9a-f-]{36}"/g, '"event_id":"uuid"')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME");
}

interface Exchange {
  readonly topic: string;
  readonly payload: string;
  readonly replies: readonly string[];
}

function readRecording(): Exchange[] {
  const file = new URL("./fixtures/kubeedge-1.23-mqtt-twin.txt", import.meta.url);
  const exchanges: (Exchange & { replies: string[] })[] = [];
  for (const text of readFileSync(file, "utf8").trimEnd().split("\n")) {
    const cut = text.indexOf(" ");
    const topic = text.slice(0, cut);
    const isReply = /\/(result|document|delta)$/.test(topic);
    if (topic.endsWith("membership/updated")) continue;
    if (isReply) exchanges.at(-1)?.replies.push(blank(text));
    else exchanges.push({ topic, payload: text.slice(cut + 1), replies: [] });
  }
  return exchanges;
}

const UPDATE = "$hw/events/device/default/dev-7/twin/update/result";
const DOCUMENT = "$hw/events/device/default/dev-7/twin/update/document";

/** Where we do not do as KubeEdge did; the key is the request's event id. */
const corrections: Record<string, (replies: readonly string[]) => string[]> = {
  // The delta is published when it changes, not after every update.
  u4: withoutDelta,
  u5: withoutDelta,
  "bad id!": withoutDelta,
  // A refusal goes to the sender's own topic, with its event id.
  u6: (replies) => replies.map((text) => ownTopic(text, "u6")),
  "": (replies) => replies.map((text) => ownTopic(text, "")),
  u8: (replies) =>
    replies.map((text) => {
      const { code, reason } = JSON.parse(text.slice(text.indexOf(" ")));
      const base = { event_id: "u8", timestamp: 0, code, reason };
      return line(UPDATE, { ...base, errors: { temp$: { code, reason } } });
    }),
  s1: (replies) => replies.map((text) => text.replace('"uuid"', '"s1"')),
  // KubeEdge does not answer these at all.
  s2: () => [
    line("$hw/events/device/default/dev-7/state/update/result", {
      event_id: "s2",
      timestamp: 0,
      code: 400,
      reason:
        'state must be one of online, offline, ok, unknown, unhealthy, disconnected, got "weird"',
    }),
  ],
  s3: () => [
    line("$hw/events/device/default/dev-7/state/get/result", {
      event_id: "s3",
      timestamp: 0,
      device: { name: "dev-7", state: "online", lastOnlineTime: "2026-01-01T00:00:00Z" },
    }),
  ],
  // Equal to what was reported before: answered in the form that was asked, and no document.
  o1: () => [
    line("$hw/events/device/dev-7/twin/update/result", {
      event_id: "o1",
      timestamp: 0,
      twin: {
        temperature: {
          actual: { value: "22", metadata: { timestamp: 0 } },
          optional: true,
          metadata: { type: "string" },
        },
      },
    }),
  ],
};

function withoutDelta(replies: readonly string[]): string[] {
  return replies.filter((text) => !text.includes("/delta "));
}

function ownTopic(text: string, eventId: string): string {
  return text.replace("device//", "device/default/dev-7/").replace('id":""', `id":"${eventId}"`);
}

test("answers as the recorded KubeEdge did, but for the corrections", async (t) => {
  const { twins } = await startTwins(t);
  for (const { topic, payload, replies } of readRecording()) {
    const eventId = /"event_id":"([^"]*)"/.exec(payload)?.[1] ?? "";
    const expected = corrections[eventId]?.(replies) ?? replies;
    const published = (await twins.handle(topic, Buffer.from(payload))) ?? [];
    const said = published.map(lineOf);
    assert.deepEqual(said, expected, `${topic} ${payload}`);
  }
});

async function ask(twins: DeviceTwins, topic: string, body: unknown): Promise<Publication[]> {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await twins.handle(topic, Buffer.from(payload));
  return [...(answer ?? [])];
}

const TOPIC = "$hw/events/device/default/dev-7/twin/update";
const GET = "$hw/events/device/default/dev-7/twin/get";

function report(value: string) {
  return { event_id: "e", timestamp: 0, twin: { temperature: { actual: { value } } } };
}

test("result, document and delta come in this order", async (t) => {
  const { twins } = await startTwins(t);
  const twin = { temperature: { expected: { value: "1" } } };
  const said = await ask(twins, TOPIC, { event_id: "e", timestamp: 0, twin });
  const topics = said.map((publication) => lineOf(publication).split(" ")[0]);
  assert.deepEqual(topics, [UPDATE, DOCUMENT, `${TOPIC}/delta`]);
});

test("what the store refuses is answered with 500 and taken back", async (t) => {
  const { store, twins } = await startTwins(t);
  store.fail(new Error("disk full"));
  const [refused, equal, got] = await Promise.all([
    ask(twins, TOPIC, report("50")),
    ask(twins, TOPIC, report("50")),
    ask(twins, GET, { event_id: "g", timestamp: 0 }),
  ]);
  assert.deepEqual(refused.map(lineOf), [
    line(UPDATE, { event_id: "e", timestamp: 0, code: 500, reason: "disk full" }),
  ]);
  assert.deepEqual(equal, refused, "an equal value may not be acknowledged before the first is");
  assert.match(JSON.stringify(got), /"997"/);
  store.fail(undefined);
  const [taken] = await ask(twins, TOPIC, report("50"));
  assert.match(JSON.stringify(taken), /"50"/);
});

test("nothing is written for a value that is already there", async (t) => {
  const { store, twins } = await startTwins(t);
  const before = store.commits;
  await ask(twins, TOPIC, report("997"));
  assert.equal(store.commits, before);
});

test("a property keeps the samples that its visitor asks for", async (t) => {
  const { store, twins } = await startTwins(t);
  const apiVersion = "devices.kubeedge.io/v1beta1";
  const metadata = { namespace: "default", name: "dev-7" };
  const put = async (configData: object) => {
    const visitors = { configData: { ...configData } };
    const deviceModelRef = { name: "dev-7" };
    await twins.put({ apiVersion, kind: "Device", metadata, spec: { deviceModelRef } });
    const properties = [{ name: "temperature", visitors }];
    await twins.put({ apiVersion, kind: "DeviceModel", metadata, spec: { properties } });
  };
  const kept = () => store.samplesOf("default/dev-7", "temperature").map(({ value }) => value);
  await put({ history: "2" });
  for (const value of ["1", "2", "2", "3"]) await ask(twins, TOPIC, report(value));
  assert.deepEqual(kept(), ["2", "3"], "equal values are no samples");
  await put({ history: 3, everySample: true });
  for (const value of ["3", "3"]) await ask(twins, TOPIC, report(value));
  assert.deepEqual(kept(), ["3", "3", "3"]);
  await put({});
  assert.deepEqual(kept(), [], "who asks for none any more has none");
});

test("a body that is too long is refused before it is read", async (t) => {
  const { twins } = await startTwins(t);
  const [refused] = await ask(twins, TOPIC, " ".repeat(1_048_577));
  assert.match(JSON.stringify(refused), /"code":413.*1048577 bytes, must have 1048576 at most/);
});

test("a namespace that occurs in the topic's own words works", async (t) => {
  const { twins } = await startTwins(t);
  twins.applyMembership({
    added: [{ id: "device/twin", name: "twin", description: "", twin: undefined }],
    removed: [],
    isExact: false,
  });
  const [said] = await ask(twins, "$hw/events/device/device/twin/twin/update", report("1"));
  assert.match(JSON.stringify(said), /"value":"1"/);
});

test("topics that are no requests are left to the broker", async (t) => {
  const { twins } = await startTwins(t);
  for (const topic of [
    "$hw/events/device/default/dev-7/twin/update/result",
    "$hw/events/device/default/dev-7/twin/cloud_updated",
    "$hw/events/node/edge-1/membership/updated",
    "my/own/topic",
  ]) {
    assert.equal(twins.handle(topic, Buffer.from("{}")), undefined, topic);
  }
});

test("a request that names no device is refused with the event id of its sender", async (t) => {
  const { twins } = await startTwins(t);
  for (const [body, eventId] of [
    ['{"event_id":"mine","timestamp":0}', "mine"],
    ["{", ""],
  ] as const) {
    const [said] = (await twins.handle("$hw/events/device//twin/get", Buffer.from(body))) ?? [];
    const { event_id, code, reason } = (said?.body ?? {}) as Record<string, unknown>;
    assert.deepEqual([event_id, code], [eventId, 400]);
    assert.match(String(reason), /^the topic must name a device/);
    assert.equal(refusalReason(400, String(reason)), "BadMessage");
  }
});
