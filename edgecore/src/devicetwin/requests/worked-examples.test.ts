import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import {
  deviceTopic,
  type Envelope,
  encodeStateResult,
  encodeTwinDelta,
  encodeTwinDocument,
  encodeTwinResult,
  membershipTopic,
  parseStateResult,
  parseTwinDelta,
  parseTwinDocument,
  parseTwinResult,
} from "@mapperkit/api";
import { silentLog, VirtualClock } from "@mapperkit/runtime";
import { DeviceTwins } from "../device-twins.ts";
import type { Publication } from "../publication.ts";
import { MemoryTwinStore } from "../store/memory-twin-store.ts";

interface Example {
  readonly title: string;
  readonly topic: string;
  readonly payload: object;
  readonly replies: readonly (readonly [string, object])[];
  readonly toCloud?: object | string;
}

/** mqtt-topics §2.7, and what additions.md makes of it. Made-up ids read `uuid`. */
const examples: Example[] = JSON.parse(
  readFileSync(new URL("./fixtures/mqtt-topics-2.7.json", import.meta.url), "utf8"),
);

const sent: Envelope[] = [];
const published: Publication[] = [];
let twins: DeviceTwins;

before(async () => {
  twins = new DeviceTwins({
    store: new MemoryTwinStore(),
    publisher: { publish: (publications) => published.push(...publications) },
    maxValueBytes: 65_536,
    clock: new VirtualClock(1_700_000_000_100),
    log: silentLog,
  });
  await twins.start(new AbortController().signal);
  const attributes = { area: { value: "hall" } };
  const lamp = { id: "default/lamp-01", name: "lamp-01", description: "hall-lamp" } as const;
  const added = [{ ...lamp, attributes, twin: undefined }];
  await twins.applyMembership({ added, removed: [], isExact: false }).stored;
  twins.connected({
    send: (envelope) => {
      sent.push(envelope);
      twins.confirm(envelope.header.msg_id);
      return true;
    },
  });
});

function lineOf(publication: Publication): [string, unknown] {
  const { body } = publication;
  switch (publication.kind) {
    case "reply":
      return [deviceTopic(publication.device, publication.action, publication.form), blank(body)];
    case "notice":
      return [deviceTopic(publication.device, publication.action), blank(body)];
    case "membership":
      return [membershipTopic("edge-a", publication.action), blank(body)];
    case "announcement":
      return assert.fail("nothing is announced here");
  }
}

function blank(body: unknown): unknown {
  const text = JSON.stringify(body).replace(
    /(\\?"event_id\\?":\\?")[0-9a-f-]{36}/g,
    (_, name) => `${name}uuid`,
  );
  return JSON.parse(text);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

for (const { title, topic, payload, replies, toCloud } of examples) {
  test(`worked example: ${title}`, async () => {
    sent.length = 0;
    const said = await twins.handle(topic, Buffer.from(JSON.stringify(payload)));
    assert.deepEqual(said?.map(lineOf), replies);
    await turn();
    const reports = sent.map(({ content }) => blank(content));
    if (toCloud) assert.deepEqual(reports, [toCloud]);
  });

  test(`worked example, read and written back: ${title}`, () => {
    for (const [topic, body] of replies) {
      const text = JSON.stringify(body);
      const kind = topic.slice(topic.lastIndexOf("/") + 1);
      if (topic.includes("/membership/")) continue;
      const again = topic.includes("/state/")
        ? encodeStateResult(parseStateResult(text))
        : kind === "document"
          ? encodeTwinDocument(parseTwinDocument(text))
          : kind === "delta"
            ? encodeTwinDelta(parseTwinDelta(text))
            : encodeTwinResult(parseTwinResult(text));
      assert.deepEqual(JSON.parse(again), body);
    }
  });
}

test("attributes that the cloud changes are published once, in their own message", async () => {
  const change = async (attributes: Record<string, { value: string } | null>) => {
    published.length = 0;
    const lamp = { id: "default/lamp-01", name: "lamp-01", description: "" } as const;
    const added = [{ ...lamp, attributes, twin: undefined }];
    await twins.applyMembership({ added, removed: [], isExact: false }).stored;
    return published.map(lineOf);
  };
  const topic = "$hw/events/device/default/lamp-01/updated";
  const area = { value: "attic", optional: true, metadata: { type: "string" } };
  assert.deepEqual(await change({ area: { value: "attic" } }), [
    [topic, { event_id: "uuid", timestamp: 1_700_000_000_100, attributes: { area } }],
  ]);
  assert.deepEqual(await change({ area: { value: "attic" } }), []);
  assert.deepEqual(await change({}), [
    [topic, { event_id: "uuid", timestamp: 1_700_000_000_100, attributes: { area: null } }],
  ]);
});
