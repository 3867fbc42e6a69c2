import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePartialTwinUpdate, parseStateUpdate } from "@mapperkit/api";
import { applyEdgeUpdate } from "../devicetwin/update/edge-update.ts";
import { propertiesOf } from "../devicetwin/update/property-rules.ts";
import { refusalReason } from "./refusal-reason.ts";

const properties = propertiesOf({
  apiVersion: "devices.kubeedge.io/v1beta1",
  kind: "DeviceModel",
  metadata: { name: "lamp" },
  spec: {
    properties: [
      { name: "level", type: "INT", accessMode: "ReadWrite", minimum: "0", maximum: "100" },
      { name: "watts", type: "FLOAT", accessMode: "ReadOnly" },
      { name: "note", type: "STRING", accessMode: "ReadWrite" },
    ],
  },
});
const rules = { properties, maxValueBytes: 64 };

const refused: { title: string; twin: Record<string, unknown>; word: string }[] = [
  {
    title: "an unknown property",
    twin: { colour: { actual: { value: "red" } } },
    word: "UnknownProperty",
  },
  {
    title: "a word for a number",
    twin: { level: { actual: { value: "high" } } },
    word: "WrongType",
  },
  { title: "too much", twin: { level: { expected: { value: "101" } } }, word: "OutOfRange" },
  {
    title: "a wish for a reading",
    twin: { watts: { expected: { value: "5" } } },
    word: "ReadOnlyProperty",
  },
  {
    title: "a long value",
    twin: { note: { actual: { value: "x".repeat(65) } } },
    word: "ValueTooLong",
  },
];
for (const { title, twin, word } of refused) {
  test(`${title} is counted as ${word}`, () => {
    const message = parsePartialTwinUpdate(JSON.stringify({ event_id: "1", twin }));
    const { errors } = applyEdgeUpdate(new Map(), message, { rules, now: 1 });
    const [refusal] = Object.values(errors);
    assert.ok(refusal);
    assert.equal(refusalReason(refusal.code, refusal.reason), word, refusal.reason);
  });
}

for (const body of [
  "",
  "{",
  "[]",
  "null",
  '{"twin":5}',
  '{"twin":{"note":{"actual":{"value":5}}}}',
]) {
  test(`a body of ${JSON.stringify(body)} is counted as BadMessage`, () => {
    assert.throws(
      () => parsePartialTwinUpdate(body),
      (error: Error) => refusalReason(400, error.message) === "BadMessage",
    );
  });
}

test("a state that the contract does not know is counted as BadMessage", () => {
  assert.throws(
    () => parseStateUpdate('{"state":"sleepy"}'),
    (error: Error) => refusalReason(400, error.message) === "BadMessage",
  );
});

test("codes tell more than sentences", () => {
  assert.equal(refusalReason(404, "Device a/b is not known at this node"), "UnknownDevice");
  assert.equal(refusalReason(500, "disk full: body too long"), "NotStored");
  assert.equal(refusalReason(418, "short and stout"), "Other");
});
