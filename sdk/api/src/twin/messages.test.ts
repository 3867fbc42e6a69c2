import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MapperkitError } from "../errors.ts";
import { parseMembershipList, parseMembershipUpdate } from "../membership/membership-messages.ts";
import type { DeviceAnnouncement } from "./device-announcement.ts";
import {
  parseDeviceAnnouncement,
  parseTwinDelta,
  parseTwinDocument,
  parseTwinResult,
} from "./edge-messages.ts";
import {
  encodeDeviceAnnouncement,
  encodeTwinDocument,
  encodeTwinResult,
} from "./encode-messages.ts";
import { parseTwinGet } from "./message-base.ts";
import { encodeStateResult, parseStateResult } from "./state-result.ts";
import { parseStateUpdate } from "./state-update.ts";
import { parseTwinUpdate } from "./update/twin-update.ts";

const base = { event_id: "e1", timestamp: 1 };
const version = { cloud: 1, edge: 2 };
const twin = { actual: { value: "1" }, actual_version: version, expected_version: version };

test("results and documents go out without versions", () => {
  const result = encodeTwinResult({ ...base, twin: { p: twin, gone: null } });
  assert.deepEqual(JSON.parse(result), {
    ...base,
    twin: { p: { actual: { value: "1" } }, gone: null },
  });
  const document = encodeTwinDocument({ ...base, twin: { p: { last: null, current: twin } } });
  assert.deepEqual(JSON.parse(document), {
    ...base,
    twin: { p: { last: null, current: { actual: { value: "1" } } } },
  });
});

test("a partial refusal reads back with its reasons; zero and empty are left out", () => {
  const errors = { q: { code: 413, reason: "too large" } };
  const refused = {
    ...base,
    twin: { p: { actual: { value: "1" } } },
    code: 413,
    reason: "too large",
    errors,
  };
  assert.deepEqual(parseTwinResult(encodeTwinResult(refused)), refused);
  assert.equal(
    encodeTwinResult({ ...base, code: 0, reason: "" }),
    '{"event_id":"e1","timestamp":1}',
  );
});

test("a property called __proto__ survives a result", () => {
  const result = encodeTwinResult(
    JSON.parse('{"event_id":"","timestamp":0,"twin":{"__proto__":null}}'),
  );
  assert.match(result, /"twin":\{"__proto__":null\}/);
});

const states: { body: object; state?: object }[] = [
  { body: { ...base, state: "online" }, state: { ...base, state: "online" } },
  { body: { State: "OK" }, state: { event_id: "", timestamp: 0, state: "OK" } },
  {
    body: {
      ...base,
      device: { name: "d", state: "newer-word", lastOnlineTime: "2026-01-01T00:00:00Z" },
    },
    state: { ...base, state: "newer-word", lastOnlineTime: "2026-01-01T00:00:00Z" },
  },
  { body: { ...base, state: "weird" } },
  { body: { ...base, state: 1 } },
  { body: base },
];
for (const { body, state } of states) {
  test(`the state ${JSON.stringify(body)} is ${state ? "taken" : "refused, naming the field"}`, () => {
    if (state) return assert.deepEqual(parseStateUpdate(JSON.stringify(body)), state);
    assert.throws(() => parseStateUpdate(body), {
      code: "invalid_input",
      message: /state must be/,
    });
  });
}

test("a v1.9 state result says when the device was last online, too", () => {
  const result = parseStateResult(
    '{"device":{"name":"d","state":"online","last_online":"2020-01-01 00:00:00"}}',
  );
  assert.deepEqual(result.device, {
    name: "d",
    state: "online",
    lastOnlineTime: "2020-01-01 00:00:00",
  });
  assert.deepEqual(parseStateResult(encodeStateResult(result)), result);
});

test("a membership message of the v1alpha2 era reads, its unused list null", () => {
  const content = {
    event_id: "x",
    timestamp: 1700,
    added_devices: [
      { id: "lamp-01", name: "lamp-01", description: "hall-lamp", twin: { power: twin } },
    ],
    removed_devices: null,
  };
  assert.deepEqual(parseMembershipUpdate(content), { ...content, removed_devices: [] });
  assert.deepEqual(parseMembershipList({ devices: null }), {
    event_id: "",
    timestamp: 0,
    devices: [],
  });
});

test("an announcement reads back; an empty one says that the device is gone", () => {
  const announcement: DeviceAnnouncement = {
    version: 1,
    generation: 7,
    device: {
      apiVersion: "devices.kubeedge.io/v1beta1",
      kind: "Device",
      metadata: { name: "lamp-01", namespace: "default", labels: {} },
      spec: {},
    },
    model: {
      apiVersion: "devices.kubeedge.io/v1beta1",
      kind: "DeviceModel",
      metadata: { name: "lamp" },
      spec: { properties: [{ name: "power", type: "STRING" }] },
    },
  };
  assert.deepEqual(parseDeviceAnnouncement(encodeDeviceAnnouncement(announcement)), announcement);
  assert.equal(parseDeviceAnnouncement(encodeDeviceAnnouncement(undefined)), undefined);
  assert.equal(parseDeviceAnnouncement(new Uint8Array()), undefined);
  assert.throws(() => parseDeviceAnnouncement('{"version":2}'), {
    code: "invalid_input",
    message: /not a device announcement: .*version/s,
  });
});

test("an announcement need not repeat that it speaks v1beta1", () => {
  const text =
    '{"version":1,"generation":7,"device":{"metadata":{"namespace":"default","name":"lamp-01","labels":{}},"spec":{}},"model":{"metadata":{"name":"lamp"},"spec":{}}}';
  const announcement = parseDeviceAnnouncement(text);
  assert.equal(announcement?.device.kind, "Device");
  assert.equal(announcement?.model?.apiVersion, "devices.kubeedge.io/v1beta1");
});

const parsers = {
  parseDeviceAnnouncement,
  parseMembershipList,
  parseMembershipUpdate,
  parseStateResult,
  parseStateUpdate,
  parseTwinDelta,
  parseTwinDocument,
  parseTwinGet,
  parseTwinResult,
  parseTwinUpdate,
};
for (const [name, parse] of Object.entries(parsers)) {
  test(`${name} reads or refuses any bytes, never more`, () => {
    const near = fc
      .tuple(fc.constantFrom("twin", "delta", "device", "devices", "state", "errors"), fc.json())
      .map(([key, value]) => `{"event_id":"e","${key}":${value}}`);
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string(), fc.json(), near), (body) => {
        try {
          parse(body);
        } catch (error) {
          assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
          assert.equal(typeof error.details.field, "string");
        }
      }),
    );
  });
}
