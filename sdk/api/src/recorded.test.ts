import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import {
  encodeEnvelope,
  encodeMembershipList,
  encodeMembershipUpdate,
  encodeStateResult,
  encodeStateUpdate,
  encodeTwinDelta,
  encodeTwinDocument,
  encodeTwinGet,
  encodeTwinResult,
  encodeTwinUpdate,
  MapperkitError,
  parseDevice,
  parseDeviceTopic,
  parseEnvelope,
  parseMembershipList,
  parseMembershipTopic,
  parseMembershipUpdate,
  parseResource,
  parseStateResult,
  parseStateUpdate,
  parseTwinDelta,
  parseTwinDocument,
  parseTwinGet,
  parseTwinResult,
  parseTwinUpdate,
} from "./index.ts";

/** Traffic of KubeEdge's head of August 2026, as recorded. */
function recorded(file: string): string[] {
  const path = resolve(import.meta.dirname, "fixtures", file);
  return readFileSync(path, "utf8").split("\n").filter(Boolean);
}

/** Parser and encoder by what ends the topic, the longest first. */
const codecs: [end: string, again: (body: string) => string][] = [
  ["/twin/update/result", (body) => encodeTwinResult(parseTwinResult(body))],
  ["/twin/get/result", (body) => encodeTwinResult(parseTwinResult(body))],
  ["/twin/update/document", (body) => encodeTwinDocument(parseTwinDocument(body))],
  ["/twin/update/delta", (body) => encodeTwinDelta(parseTwinDelta(body))],
  ["/twin/update", (body) => encodeTwinUpdate(parseTwinUpdate(body))],
  ["/twin/get", (body) => encodeTwinGet(parseTwinGet(body))],
  ["/state/get", (body) => encodeTwinGet(parseTwinGet(body))],
  ["/state/update/result", (body) => encodeStateResult(parseStateResult(body))],
  ["/state/update", (body) => encodeStateUpdate(parseStateUpdate(body))],
  ["/membership/get/result", (body) => encodeMembershipList(parseMembershipList(body))],
  ["/membership/get", (body) => encodeTwinGet(parseTwinGet(body))],
  ["/membership/updated", (body) => encodeMembershipUpdate(parseMembershipUpdate(body))],
];

/** Requests that KubeEdge refused before it looked at the device, with its reasons. */
const refusals = new Map([
  ["not json", "Unmarshal update request body failed, please check the request"],
  ['{"event_id":"u6","timestamp":1}', "Update twin error, key:twin does not exist"],
  [
    '{"event_id":"u8","timestamp":1,"twin":{"temp$":{"actual":{"value":"22"}}}}',
    "The key of twin must only include upper or lowercase letters, number, english, and special letter - _ . , : / @ # and the length of key should be less than 128 bytes",
  ],
  [
    '{"event_id":"s2","timestamp":1,"state":"weird"}',
    'state must be one of online, offline, ok, unknown, unhealthy, disconnected, got "weird"',
  ],
]);

for (const [index, line] of recorded("mqtt-twin.txt").entries()) {
  const cut = line.indexOf(" ");
  const topic = line.slice(0, cut);
  const body = line.slice(cut + 1);
  const again = codecs.find(([end]) => topic.endsWith(end))?.[1];
  const reason = refusals.get(body);

  test(`recorded MQTT message ${index + 1}: ${topic} ${reason ? "is refused" : "keeps its meaning"}`, () => {
    assert.ok(again, "there is a codec for the topic");
    if (reason === undefined) {
      assert.deepEqual(JSON.parse(again(body)), JSON.parse(body));
    } else {
      assert.throws(() => again(body), isRefusal(reason));
    }
    // Two answers of KubeEdge go to a topic without a device, which is its mistake.
    const isRead = parseDeviceTopic(topic) || parseMembershipTopic(topic);
    const isOwn = topic.startsWith("$hw/events/node/") || topic.includes("//");
    assert.ok(isRead || isOwn);
  });
}

function isRefusal(reason: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof MapperkitError && error.code === "invalid_input" && error.message === reason;
}

const frames = recorded("websocket-devices.txt").flatMap((line) => {
  const [, direction, text] = /^\S+ (\S+) type=1 len=\d+ (.*)$/.exec(line) ?? [];
  return direction && text ? [{ direction, text }] : [];
});

test("the recording holds frames", () => {
  assert.equal(frames.length, 18);
});

for (const [index, { direction, text }] of frames.entries()) {
  const { route, content } = parseEnvelope(text);
  const name = `recorded frame ${index + 1}: ${direction} ${route.operation} ${route.resource}`;

  test(`${name} keeps its meaning`, () => {
    assert.deepEqual(JSON.parse(encodeEnvelope(parseEnvelope(text))), JSON.parse(text));
  });

  test(`${name} has a resource and a content that are understood`, () => {
    const resource = parseResource(route.resource ?? "");
    assert.notEqual(resource.kind, "other");
    if (route.operation === "response") return assert.equal(content, "OK");
    switch (resource.kind) {
      case "device":
        return assert.equal(parseDevice(content).metadata.name, resource.name);
      case "membership":
        return assert.ok(parseMembershipUpdate(content));
      case "twinUpdate":
        assert.deepEqual(parseTwinUpdate(content).twin.temperature?.actual_version, {
          cloud: 0,
          edge: 1,
        });
        return assert.equal(resource.id, "default/tap-1");
      case "stateUpdate":
        assert.equal(parseStateUpdate(content).lastOnlineTime, "2026-11-22T18:08:01Z");
        return assert.equal(parseStateResult(content).device?.state, "online");
      case "keepalive":
        return assert.equal(content, "ping");
      case "membershipDetail":
        return assert.equal(route.operation, "get");
    }
  });
}
