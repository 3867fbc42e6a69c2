import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceModel } from "@mapperkit/api";
import { applyDesired, type DesiredValue } from "./desired-update.ts";
import { rulesOf } from "./property-rules.ts";
import type { PropertyTwin, TwinChange } from "./property-twin.ts";

const NOW = 1_700_000_000_000;
const model: DeviceModel = {
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "lamp" },
  spec: {
    properties: [
      { name: "power", type: "STRING", accessMode: "ReadWrite" },
      { name: "level", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "100" },
      { name: "watts", type: "FLOAT", accessMode: "ReadOnly" },
    ],
  },
};
const rules = rulesOf(model, 64);

function ask(
  twin: Map<string, PropertyTwin>,
  wanted: Record<string, string | DesiredValue>,
  options: { generation?: number; isRecreated?: boolean } = {},
): TwinChange[] {
  const values = Object.entries(wanted).map(([property, value]) => {
    return [property, typeof value === "string" ? { value } : value] as const;
  });
  const request = { generation: 1, isRecreated: false, ...options };
  const changes = applyDesired(twin, new Map(values), request, { rules, now: NOW });
  for (const { property, after } of changes) twin.set(property, after);
  return changes;
}

test("a desired value becomes expected, with its generation and the T told by the cloud", () => {
  const [change] = ask(new Map(), { power: { value: "ON", version: NOW + 7 } }, { generation: 3 });
  assert.deepEqual(change?.after.expected, {
    value: "ON",
    metadata: { timestamp: NOW, generation: 3 },
  });
  assert.deepEqual(change?.after.expectedVersion, { cloud: NOW + 7, edge: 0 });
  assert.equal(change?.after.optional, false);
});

test("the same object again changes nothing, whatever its generation", () => {
  const twin = new Map();
  ask(twin, { power: "ON", level: "200" });
  assert.deepEqual(ask(twin, { power: "ON", level: "200" }, { generation: 9 }), []);
});

test("an edit at the edge stands until the cloud asks for another value", () => {
  const twin = new Map<string, PropertyTwin>();
  ask(twin, { power: "ON" });
  const held = twin.get("power");
  assert.ok(held);
  twin.set("power", { ...held, expected: { value: "DIM", metadata: { timestamp: NOW } } });
  assert.deepEqual(ask(twin, { power: "ON" }), []);
  assert.equal(ask(twin, { power: "OFF" })[0]?.after.expected?.value, "OFF");
});

test("a device made anew is asked anew", () => {
  const twin = new Map();
  ask(twin, { power: "ON" }, { generation: 8 });
  const [change] = ask(twin, { power: "ON" }, { generation: 1, isRecreated: true });
  assert.equal(change?.after.expected?.metadata.generation, 1);
});

test("versions rise even when the clock falls back", () => {
  const twin = new Map();
  ask(twin, { power: { value: "ON", version: NOW + 1_000_000 } });
  const [change] = ask(twin, { power: "OFF" });
  assert.equal(change?.after.expectedVersion?.cloud, NOW + 1_000_001);
});

const forbidden: { title: string; wanted: Record<string, string>; reason: string }[] = [
  { title: "out of range", wanted: { level: "200" }, reason: "OutOfRange" },
  { title: "not a number", wanted: { level: "bright" }, reason: "WrongType" },
  { title: "ReadOnly", wanted: { watts: "5" }, reason: "ReadOnlyProperty" },
  { title: "too long", wanted: { power: "x".repeat(65) }, reason: "ValueTooLong" },
  { title: "of an unknown property", wanted: { colour: "red" }, reason: "UnknownProperty" },
];
for (const { title, wanted, reason } of forbidden) {
  test(`a desired value ${title} never becomes expected and is told`, () => {
    const [change] = ask(new Map(), wanted);
    assert.equal(change?.after.expected, undefined);
    assert.equal(change?.after.outcome?.phase, "Rejected");
    assert.equal(change?.after.outcome?.reason, reason);
  });
}

test("a forbidden value leaves the former one in force, and is obeyed once the model allows it", () => {
  const twin = new Map<string, PropertyTwin>();
  ask(twin, { level: "50" });
  ask(twin, { level: "200" }, { generation: 2 });
  assert.equal(twin.get("level")?.expected?.value, "50");
  const wide = rulesOf(
    {
      ...model,
      spec: { properties: [{ name: "level", type: "INT", accessMode: "ReadWrite" }] },
    },
    64,
  );
  const request = { generation: 2, isRecreated: false };
  const wanted = new Map([["level", { value: "200" }]]);
  const [change] = applyDesired(twin, wanted, request, { rules: wide, now: NOW });
  assert.equal(change?.after.expected?.value, "200");
  assert.equal(change?.after.outcome, undefined);
});

for (const wanted of [{}, { power: "" }]) {
  test(`desired ${JSON.stringify(wanted)} clears what was asked before`, () => {
    const twin = new Map<string, PropertyTwin>();
    ask(twin, { power: "ON" });
    const [change] = ask(twin, wanted);
    assert.equal(change?.after.expected, undefined);
    assert.deepEqual(ask(twin, wanted), []);
  });
}

test("an expected value that was made at the edge alone is not cleared", () => {
  const twin = new Map<string, PropertyTwin>([
    [
      "power",
      {
        expected: { value: "ON", metadata: { timestamp: 1 } },
        optional: true,
        type: "string",
      },
    ],
  ]);
  assert.deepEqual(ask(twin, {}), []);
});
