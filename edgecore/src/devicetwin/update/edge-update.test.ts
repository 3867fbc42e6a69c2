import assert from "node:assert/strict";
import { test } from "node:test";
import type { PropertyRules } from "./property-rules.ts";
import type { PropertyTwin } from "./property-twin.ts";
import { empty, known, NOW, open, update } from "./testing/apply-update.ts";

const on = { value: "ON", metadata: { timestamp: NOW } };

test("the contract's worked example: the first report of a property", () => {
  const { result, document, changes } = update(empty, {
    power: { actual: { value: "ON" }, metadata: { type: "string" } },
  });
  const current = { actual: on, optional: true, metadata: { type: "string" } };
  assert.deepEqual(result, { power: current });
  assert.deepEqual(document, { power: { last: null, current } });
  assert.deepEqual(changes[0]?.after.actualVersion, { cloud: 0, edge: 1 });
});

test("an equal value is answered and changes nothing", () => {
  const { after } = update(empty, { power: { actual: { value: "ON" } } });
  const again = update(after, { power: { actual: { value: "ON" } } }, { now: NOW + 5 });
  assert.deepEqual(again.changes, []);
  assert.deepEqual(again.document, {});
  assert.deepEqual(again.result.power?.actual, on);
});

test("a value of another quality is another value", () => {
  const { after } = update(empty, { power: { actual: { value: "ON" } } });
  const metadata = { quality: "Bad", reason: "timeout" };
  const bad = update(after, { power: { actual: { value: "ON", metadata } } });
  assert.equal(bad.changes.length, 1);
  assert.deepEqual(bad.result.power?.actual?.metadata, { timestamp: NOW, ...metadata });
});

for (const type of ["INT", "BOOLEAN", "FLOAT", "DOUBLE"] as const) {
  test(`Bad without a value is taken of ${type}; an empty value of any other quality is not`, () => {
    const rules = { properties: new Map([["p", { name: "p", type }]]), maxValueBytes: 64 };
    const actual = { value: "", metadata: { quality: "Bad", reason: "configurationError" } };
    const bad = update(empty, { p: { actual } }, { rules });
    assert.deepEqual(bad.errors, {});
    assert.equal(bad.after.get("p")?.actual?.value, "");
    for (const quality of ["Good", "Uncertain", undefined]) {
      const { errors } = update(
        empty,
        { p: { actual: { value: "", metadata: { quality } } } },
        { rules },
      );
      assert.equal(errors.p?.code, 400);
    }
    const { errors } = update(empty, { p: { expected: actual } }, { rules });
    assert.equal(errors.p?.code, 400);
  });
}

test("the sender's time is kept beside the edge's", () => {
  const { result } = update(empty, { p: { actual: { value: "1", metadata: { timestamp: 42 } } } });
  assert.deepEqual(result.p?.actual?.metadata, { timestamp: NOW, sourceTimestamp: 42 });
});

test("one bad property refuses only itself", () => {
  const { result, errors } = update(
    empty,
    { status: { actual: { value: "5" } }, count: { actual: { value: "many" } } },
    { rules: known },
  );
  assert.deepEqual(Object.keys(result), ["status"]);
  assert.deepEqual(errors, { count: { code: 400, reason: "the value is not int or integer" } });
});

test("an atomic request with one bad property applies nothing", () => {
  const { changes, result, errors } = update(
    empty,
    { status: { actual: { value: "5" } }, count: { actual: { value: "many" } } },
    { rules: known, atomic: true },
  );
  assert.deepEqual({ changes, result }, { changes: [], result: {} });
  assert.deepEqual(Object.keys(errors), ["count"]);
});

const refusals: {
  title: string;
  properties: unknown;
  rules?: PropertyRules;
  code: number;
  reason: RegExp;
}[] = [
  {
    title: "a property that the model does not have",
    properties: { p: { actual: { value: "1" } } },
    rules: known,
    code: 400,
    reason: /the device model has no property p/,
  },
  {
    title: "expected of a ReadOnly property",
    properties: { p: null, count: { expected: { value: "5" } } },
    rules: known,
    code: 400,
    reason: /wrong|ReadOnly/,
  },
  {
    title: "expected out of the model's range",
    properties: { setpoint: { expected: { value: "91" } } },
    rules: known,
    code: 400,
    reason: /expected of setpoint is "91", must be 90 or less/,
  },
  {
    title: "a value longer than allowed",
    properties: { p: { actual: { value: "é".repeat(33) } } },
    code: 413,
    reason: /66 bytes, must have 64 at most/,
  },
  {
    title: "an unknown type of a new property of an unknown model",
    properties: { p: { actual: { value: "1" }, metadata: { type: "Updated" } } },
    code: 400,
    reason: /the value type is not allowed/,
  },
  { title: "a null side", properties: { p: { actual: null } }, code: 400, reason: /wrong/ },
  { title: "an empty side", properties: { p: { expected: {} } }, code: 400, reason: /wrong/ },
  { title: "null of nothing", properties: { p: null }, code: 400, reason: /wrong/ },
  {
    title: "an outcome without a phase",
    properties: { p: { outcome: { generation: 1 } } },
    code: 400,
    reason: /outcome/,
  },
];
for (const { title, properties, rules = open, code, reason } of refusals) {
  test(`refuses ${title}`, () => {
    const { errors, changes } = update(empty, properties, { rules });
    const [first] = Object.values(errors);
    assert.equal(first?.code, code);
    assert.match(first?.reason ?? "", reason);
    assert.deepEqual(changes, []);
  });
}

const accepted: { type: string; value: string }[] = [
  { type: "int", value: "-9223372036854775808" },
  { type: "float", value: "1e3" },
  { type: "double", value: "0.1" },
  { type: "boolean", value: "true" },
  { type: "bytes", value: "AAEC" },
  { type: "string", value: '{"a": "ü 100 % (°C)"}' },
  { type: "array", value: "[1,2]" },
  { type: "object", value: '{"a":1}' },
];
for (const { type, value } of accepted) {
  test(`takes ${value} as ${type}`, () => {
    const { errors } = update(empty, { p: { actual: { value }, metadata: { type } } });
    assert.deepEqual(errors, {});
  });
}

test("the type Updated of public samples is harmless where the type is known", () => {
  const message = { actual: { value: "7" }, metadata: { type: "Updated" } };
  const byModel = update(empty, { status: message }, { rules: known });
  assert.deepEqual(byModel.errors, {});
  assert.equal(byModel.result.status?.metadata?.type, "string");
  const { after } = update(empty, { p: { actual: { value: "6" } } });
  assert.deepEqual(update(after, { p: message }).errors, {});
});

test("null deletes; a property that comes back goes on with its version", () => {
  const first = update(empty, { p: { actual: { value: "1" } } });
  const deleted = update(first.after, { p: null });
  assert.deepEqual(deleted.result, { p: null });
  assert.equal(deleted.document.p?.current, null);
  assert.deepEqual(update(deleted.after, { p: null }).changes, []);
  const back = update(deleted.after, { p: { actual: { value: "2" } } });
  assert.equal(back.document.p?.last, null);
  assert.deepEqual(back.changes[0]?.after.actualVersion, { cloud: 0, edge: 3 });
});

test("a property that is not optional cannot be deleted", () => {
  const { after } = update(empty, { p: { actual: { value: "1" }, optional: false } });
  const { errors, changes } = update(after, { p: null });
  assert.equal(errors.p?.code, 400);
  assert.deepEqual(changes, []);
});

test("an outcome is kept, shown and reported without a document", () => {
  const { after } = update(empty, { p: { expected: { value: "1" } } });
  const outcome = { generation: 2, phase: "Applied" };
  const applied = update(after, { p: { outcome } });
  assert.deepEqual(applied.changes[0]?.after.outcome, outcome);
  assert.deepEqual(applied.result.p?.outcome, outcome);
  assert.deepEqual(applied.document, {});
  assert.deepEqual(update(applied.after, { p: { outcome } }).changes, []);
  const changed = update(applied.after, { p: { expected: { value: "2" } } });
  assert.equal(changed.changes[0]?.after.outcome, undefined);
});

test("an outcome of an older generation than the expected value's is not taken", () => {
  const twin = new Map<string, PropertyTwin>([
    [
      "p",
      {
        expected: { value: "1", metadata: { timestamp: NOW, generation: 7 } },
        optional: true,
        type: "string",
      },
    ],
  ]);
  const outcome = { generation: 6, phase: "Rejected" };
  assert.deepEqual(update(twin, { p: { outcome } }).changes, []);
});

test("a property that asks for every sample takes an equal value as a new one", () => {
  const rules = { ...open, sampling: new Map([["p", { everySample: true, history: 0 }]]) };
  const { after } = update(empty, { p: { actual: { value: "1" } } }, { rules });
  const again = update(after, { p: { actual: { value: "1" } } }, { rules, now: NOW + 5 });
  assert.deepEqual(again.changes[0]?.after.actualVersion, { cloud: 0, edge: 2 });
  assert.equal(again.document.p?.current?.actual?.metadata?.timestamp, NOW + 5);
  const edited = update(after, { p: { expected: { value: "1" } } }, { rules });
  const same = update(edited.after, { p: { expected: { value: "1" } } }, { rules });
  assert.deepEqual(same.changes, []);
});

test("of an outcome only the known fields are kept, and texts of a length", () => {
  const deep = [[["nested"]]];
  const outcome = { phase: "Applied", generation: 1, message: "m".repeat(5_000), deep };
  const { changes } = update(empty, { p: { outcome } });
  const expected = { phase: "Applied", generation: 1, message: "m".repeat(1_024) };
  assert.deepEqual(changes[0]?.after.outcome, expected);
});

test("where no model bounds them, a device has 4096 properties at most", () => {
  const held = new Map<string, PropertyTwin>();
  for (let n = 0; n < 4_095; n++) held.set(`p${n}`, { optional: true, type: "string" });
  const actual = { value: "1" };
  const { errors, result } = update(held, { a: { actual }, b: { actual }, p7: { actual } });
  assert.deepEqual([Object.keys(result), errors.b?.code], [["a", "p7"], 413]);
});
