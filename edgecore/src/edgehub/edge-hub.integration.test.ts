import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Envelope, MapperkitError, makeEnvelope } from "@mapperkit/api";
import { createRandom, MemoryLog, RealClock, silentLog } from "@mapperkit/runtime";
import { EdgeHub, type EdgeHubParts } from "./edge-hub.ts";
import { ScriptedCloud } from "./scripted-cloud.ts";

/** Stands for metamanager and devicetwin. */
class EdgeParts {
  readonly seen: string[] = [];
  readonly failures: Error[] = [];
  link: { send(envelope: Envelope): boolean } | undefined;
  links = 0;

  async applyObject(change: { kind: string; id: string; content?: unknown }): Promise<void> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.seen.push(`${change.content === undefined ? "gone" : "put"} ${change.kind} ${change.id}`);
  }
  async applyMembership(content: unknown): Promise<void> {
    this.seen.push(`members ${JSON.stringify(content)}`);
  }
  async applyCloudUpdate(id: string): Promise<void> {
    this.seen.push(`twin ${id}`);
  }
  confirm(messageId: string): void {
    this.seen.push(`confirmed ${messageId}`);
  }
  connected(link: { send(envelope: Envelope): boolean }): void {
    this.link = link;
    this.links++;
  }
  resume(): void {}
  disconnected(): void {
    this.link = undefined;
  }
}

async function startHub(
  t: { after(work: () => Promise<void>): void; signal: AbortSignal },
  url: string,
  options: Partial<EdgeHubParts> = {},
): Promise<EdgeParts> {
  const edge = new EdgeParts();
  const hub = new EdgeHub({
    url,
    node: "edge-1",
    heartbeatMs: 15_000,
    objects: edge,
    twins: edge,
    clock: new RealClock(),
    random: createRandom(1),
    log: silentLog,
    ...options,
  });
  await hub.start(t.signal);
  t.after(() => hub.stop());
  return edge;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const limit = Date.now() + 5_000;
  while (!isSo()) {
    assert.ok(Date.now() < limit, `waited 5 s for ${what}`);
    await sleep(5);
  }
}

test("dials as the recorded edge does: path, headers, keepalive, then membership/detail", async (t) => {
  await using cloud = new ScriptedCloud();
  await startHub(t, await cloud.listen());
  await until("the first two messages", () => cloud.heard.length === 2);
  const request = cloud.requests[0];
  assert.equal(request?.url, "/e632aba927ea4ac2b575ec1603d56f10/edge-1/events");
  assert.equal(request?.headers.node_id, "edge-1");
  assert.equal(request?.headers.project_id, "e632aba927ea4ac2b575ec1603d56f10");
  assert.equal(request?.headers.connectionuse, "msg");
  assert.equal(request?.headers["sec-websocket-extensions"], undefined);
  const [keepalive, detail] = cloud.heard;
  assert.deepEqual(
    [keepalive?.route, keepalive?.content],
    [{ source: "websocket", group: "resource", operation: "keepalive", resource: "node" }, "ping"],
  );
  assert.deepEqual(detail?.route, {
    source: "twin",
    group: "resource",
    operation: "get",
    resource: "membership/detail",
  });
  const content = JSON.parse(String(detail?.content));
  assert.equal(content.event_type, "group_membership_event");
  assert.equal(content.group_id, "edge-1");
});

test("takes each message to whom it concerns and acknowledges stored objects", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startHub(t, await cloud.listen());
  await until("the link", () => edge.link !== undefined);
  cloud.sayText("not json");
  cloud.sayText('{"header":{"msg_id":"x"},"route":{},"content":null}');
  const twin = { group: "twin", operation: "update" };
  cloud.say({ ...twin, resource: "membership", content: { added_devices: [] } });
  cloud.say({ ...twin, resource: "membership/detail", content: { devices: [] } });
  cloud.say({ ...twin, resource: "device/lamp/twin/cloud_updated", content: { twin: {} } });
  cloud.say({
    group: "twin",
    operation: "response",
    resource: "membership/detail",
    content: "OK",
    parentId: "mine",
  });
  const object = { group: "resource", resource: "default/device/lamp", resourceVersion: "1" };
  const put = cloud.say({ ...object, operation: "insert", content: { kind: "Device" } });
  const gone = cloud.say({ ...object, operation: "delete", content: { kind: "Device" } });
  await until("both acknowledgements", () => cloud.of("default/device/lamp").length === 2);
  assert.deepEqual(edge.seen, [
    'members {"added_devices":[]}',
    'members {"devices":[]}',
    "twin default/lamp",
    "confirmed mine",
    "put device default/lamp",
    "gone device default/lamp",
  ]);
  const acks = cloud.of("default/device/lamp");
  assert.deepEqual(
    acks.map(({ header, route, content }) => [header.parent_msg_id, route.operation, content]),
    [
      [put, "response", "OK"],
      [gone, "response", "OK"],
    ],
  );
});

test("what could not be stored is not acknowledged; what never can be is told", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startHub(t, await cloud.listen());
  await until("the link", () => edge.link !== undefined);
  const object = { group: "resource", resource: "default/device/lamp", operation: "update" };
  edge.failures.push(
    new Error("disk full"),
    new MapperkitError("invalid_input", "metadata.name is missing"),
  );
  cloud.say({ ...object, content: {} });
  const wrong = cloud.say({ ...object, content: {} });
  await until("the answer", () => cloud.of("default/device/lamp").length > 0);
  const [answer, ...others] = cloud.of("default/device/lamp");
  assert.deepEqual(others, []);
  assert.equal(answer?.header.parent_msg_id, wrong);
  assert.equal(answer?.route.operation, "error");
  assert.equal(answer?.content, "metadata.name is missing");
});

test("comes back after a cut, and after the cloud was away", async (t) => {
  await using cloud = new ScriptedCloud();
  const url = await cloud.listen();
  const edge = await startHub(t, url);
  await until("the link", () => edge.links === 1);
  cloud.cut();
  await until("the second link", () => edge.links === 2);
  await cloud[Symbol.asyncDispose]();
  await until("the loss to be noticed", () => edge.link === undefined);
  await using reborn = new ScriptedCloud();
  await reborn.listen(Number(new URL(url).port));
  await until("the third link", () => edge.links === 3);
});

test("starts without a cloud and stops at once", async (t) => {
  const edge = await startHub(t, "ws://127.0.0.1:1");
  assert.equal(edge.link, undefined);
});

test("a half-open link is noticed and dialled again", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startHub(t, await cloud.listen(), { heartbeatMs: 30 });
  await until("the link", () => edge.links === 1);
  await until("some keepalives", () => cloud.of("node").length >= 5);
  assert.equal(edge.links, 1, "a cloud that answers pings keeps its link");
  cloud.isFrozen = true;
  await until("a new link", () => edge.links > 1);
});

test("a link that does not drain refuses more and says when it goes on", async (t) => {
  await using cloud = new ScriptedCloud();
  const edge = await startHub(t, await cloud.listen());
  let isResumed = false;
  edge.resume = () => {
    isResumed = true;
  };
  await until("the link", () => edge.link !== undefined);
  const route = { source: "twin", group: "resource", operation: "update", resource: "big" };
  const content = "x".repeat(1024 * 1024);
  const isTaken = Array.from({ length: 64 }, (_, n) =>
    edge.link?.send(makeEnvelope({ id: String(n), timestamp: 1, ...route, content })),
  );
  assert.equal(isTaken[0], true);
  assert.equal(isTaken.at(-1), false);
  await until("room", () => isResumed);
  assert.equal(edge.link?.send(makeEnvelope({ id: "n", timestamp: 1, ...route, content })), true);
});

test("what it cannot read of the cloud stands in both logs, a few times, and the rest is served", async (t) => {
  const log = new MemoryLog();
  await using cloud = new ScriptedCloud();
  const edge = await startHub(t, await cloud.listen(), { log });
  await until("the link", () => edge.links === 1);
  for (const frame of ["rubbish", '{"header":', "5", '{"header":{"msg_id":5}}']) {
    cloud.sayText(frame);
  }
  for (let index = 0; index < 10; index += 1) cloud.sayText("rubbish");
  const told = () => cloud.heard.filter(({ route }) => route.operation === "error");
  await until("five complaints", () => told().length === 5);
  cloud.sayText('[{"route":{},"content":null},{"later":1}]');
  const messageId = cloud.say({
    ...{ group: "resource", operation: "update", resource: "default/device/a" },
    ...{ content: { metadata: {} }, resourceVersion: "1" },
  });
  await until("the acknowledgement", () =>
    cloud.heard.some(({ header }) => header.parent_msg_id === messageId),
  );
  assert.equal(told().length, 5);
  assert.match(String(told()[0]?.content), /a message was dropped: the frame is not JSON/);
  const lines = log.entries.filter(
    ({ message }) => message === "frame from the cloud not understood",
  );
  assert.equal(lines.length, 5);
});
