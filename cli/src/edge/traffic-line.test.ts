import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readTraffic, trafficLine } from "./traffic-line.ts";

const AT = Date.UTC(2026, 7, 1, 20, 51, 33, 120);
const LAMP = "$hw/events/device/default/lamp";

function lineOf(topic: string, body: unknown): string | undefined {
  const payload = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const traffic = readTraffic(topic, Buffer.from(payload));
  return traffic && trafficLine(traffic, AT);
}

const cases: { topic: string; body: unknown; line: string }[] = [
  {
    topic: `${LAMP}/twin/update`,
    body: {
      twin: { power: { actual: { value: "ON" } }, level: { expected: { value: "high up" } } },
    },
    line: 'twin/update           power: reported=ON, level: desired="high up"',
  },
  {
    topic: "$hw/events/device/lamp/twin/update",
    body: { twin: { power: null } },
    line: "twin/update           power: deleted",
  },
  {
    topic: `${LAMP}/twin/update`,
    body: {
      twin: {
        power: {
          actual: { value: "", metadata: { quality: "Bad", reason: "timeout" } },
          outcome: { phase: "Rejected", reason: "OutOfRange", message: "at most 5" },
        },
      },
    },
    line: 'twin/update           power: reported="" (Bad: timeout) Rejected (at most 5)',
  },
  {
    topic: `${LAMP}/twin/update/result`,
    body: { event_id: "1", twin: { power: { actual: { value: "ON" } } } },
    line: "twin/update/result    power: reported=ON",
  },
  {
    topic: `${LAMP}/twin/update/result`,
    body: {
      code: 400,
      reason: "r",
      errors: { level: { code: 400, reason: "the value is not int" } },
      twin: { power: {} },
    },
    line: "twin/update/result    level refused 400: the value is not int; power: ok",
  },
  {
    topic: `${LAMP}/twin/get/result`,
    body: { code: 404, reason: "Device default/lamp not found" },
    line: "twin/get/result       refused 404: Device default/lamp not found",
  },
  {
    topic: `${LAMP}/twin/update/document`,
    body: {
      twin: {
        power: { last: null, current: { expected: { value: "ON" }, actual: { value: "OFF" } } },
      },
    },
    line: "twin/update/document  power: desired=ON (was nothing) reported=OFF (was nothing)",
  },
  {
    topic: `${LAMP}/twin/update/document`,
    body: {
      twin: {
        count: {
          last: { expected: { value: "5" }, actual: { value: "3" } },
          current: { expected: { value: "5" }, actual: { value: "4" } },
        },
      },
    },
    line: "twin/update/document  count: reported=4 (was 3)",
  },
  {
    topic: `${LAMP}/twin/update/delta`,
    body: {
      twin: { power: { expected: { value: "ON" }, actual: { value: "OFF" } }, level: {} },
      delta: { power: "ON" },
    },
    line: "twin/update/delta     power: desired=ON reported=OFF",
  },
  {
    topic: `${LAMP}/state/update`,
    body: { state: "online" },
    line: "state/update          state=online",
  },
  {
    topic: `${LAMP}/state/update/result`,
    body: { device: { name: "lamp", state: "online", lastOnlineTime: "2026-08-01T20:51:33Z" } },
    line: "state/update/result   state=online last online 2026-08-01T20:51:33Z",
  },
  { topic: `${LAMP}/twin/get`, body: { event_id: "" }, line: "twin/get" },
  { topic: `${LAMP}/twin/update`, body: "{", line: 'twin/update           not understood: "{"' },
  { topic: `${LAMP}/twin/update`, body: [1], line: "twin/update           not understood: [1]" },
];
for (const { topic, body, line } of cases) {
  test(`${topic} is told as: ${line}`, () => {
    assert.equal(lineOf(topic, body), `20:51:33.120  default/lamp  ${line}`);
  });
}

test("the node's own topics have no device, an announcement has one", () => {
  const members = { added_devices: [{ id: "default/lamp" }], removed_devices: [] };
  assert.equal(
    lineOf("$hw/events/node/n1/membership/updated", members),
    "20:51:33.120  -  membership/updated    added: default/lamp; removed: none",
  );
  const announcement = "$hw/events/node/n1/devices/default/lamp";
  assert.equal(lineOf(announcement, undefined), "20:51:33.120  default/lamp  removed");
  assert.equal(lineOf("some/other/topic", {}), undefined);
});

test("whatever a device sends is one line without control characters, and never throws", () => {
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.uint8Array());
  const actions = ["twin/update", "twin/update/result", "twin/update/delta", "state/update"];
  fc.assert(
    fc.property(value, fc.constantFrom(...actions), (body, action) => {
      const traffic = readTraffic(`${LAMP}/${action}`, Buffer.from(body));
      assert.ok(traffic);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
      assert.doesNotMatch(trafficLine(traffic, AT), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    }),
  );
});
