import assert from "node:assert/strict";
import { test } from "node:test";
import { applyCloudUpdate } from "./cloud-update.ts";
import type { PropertyTwin } from "./property-twin.ts";

const NOW = 1_700_000_000_000;
const context = { rules: { maxValueBytes: 64 }, now: NOW };

function held(edge: number): ReadonlyMap<string, PropertyTwin> {
  const expected = { value: "OFF", metadata: { timestamp: 1 } };
  const expectedVersion = { cloud: 10, edge };
  return new Map([["power", { expected, expectedVersion, optional: false, type: "string" }]]);
}

function sent(value: string, cloud: number, edge: number) {
  return {
    power: {
      expected: { value },
      optional: false,
      metadata: { type: "string" },
      expected_version: { cloud, edge },
    },
  };
}

test("takes a new property as the cloud sends it when a device is added", () => {
  const { changes, conflicts } = applyCloudUpdate(new Map(), sent("ON", 4711, 0), context);
  assert.deepEqual(conflicts, []);
  assert.deepEqual(changes[0]?.after, {
    optional: false,
    type: "string",
    expected: { value: "ON", metadata: { timestamp: NOW } },
    expectedVersion: { cloud: 4711, edge: 0 },
  });
});

const cases: { title: string; cloud: number; edge: number; isTaken: boolean }[] = [
  { title: "a newer version", cloud: 11, edge: 2, isTaken: true },
  { title: "the same version", cloud: 10, edge: 2, isTaken: true },
  { title: "an older cloud version", cloud: 9, edge: 2, isTaken: false },
  { title: "a version from before an edit at the edge", cloud: 11, edge: 1, isTaken: false },
];
for (const { title, cloud, edge, isTaken } of cases) {
  test(`${title} is ${isTaken ? "taken" : "a conflict, answered with what the edge holds"}`, () => {
    const { changes, conflicts } = applyCloudUpdate(held(2), sent("ON", cloud, edge), context);
    assert.equal(changes[0]?.after.expected?.value, isTaken ? "ON" : undefined);
    assert.deepEqual(conflicts, isTaken ? [] : ["power"]);
  });
}

test("an equal value of an equal version changes nothing", () => {
  assert.deepEqual(applyCloudUpdate(held(0), sent("OFF", 10, 0), context).changes, []);
});

test("type deleted removes, and again does nothing", () => {
  const message = { power: { metadata: { type: "deleted" } } };
  const { changes } = applyCloudUpdate(held(0), message, context);
  const after = changes[0]?.after;
  assert.equal(after?.type, "deleted");
  assert.ok(after);
  const again = applyCloudUpdate(new Map([["power", after]]), message, context);
  assert.deepEqual(again, { changes: [], conflicts: [] });
});

for (const [title, message] of Object.entries({
  "null of nothing": { power: null },
  "a side without version": { power: { expected: { value: "ON" } } },
  "a value of the wrong type": {
    power: { ...sent("x", 1, 1).power, metadata: { type: "int" } },
  },
  "neither metadata nor sides": { power: {} },
})) {
  test(`${title} is left aside and kills nobody`, () => {
    const effect = applyCloudUpdate(new Map(), message, context);
    assert.deepEqual(effect, { changes: [], conflicts: [] });
  });
}
