import assert from "node:assert/strict";
import { test } from "node:test";
import { MapperkitError } from "../../errors.ts";
import { parseTwinUpdate } from "./twin-update.ts";

const UNREADABLE = "Unmarshal update request body failed, please check the request";
const BAD_KEY = "The key of twin must only include";
const NO_VALUE = "the request body is wrong";

const base = { event_id: "e1", timestamp: 1700000000000 };

const refused: { title: string; body: unknown; reason: string; field: string }[] = [
  { title: "text that is no JSON", body: "{", reason: UNREADABLE, field: "" },
  {
    title: "an array",
    body: "[]",
    reason: `${UNREADABLE}: the body must be a JSON object, got an array`,
    field: "",
  },
  {
    title: "a body without twin",
    body: {},
    reason: "Update twin error, key:twin does not exist",
    field: "twin",
  },
  {
    title: "twin null",
    body: { twin: null },
    reason: "Update twin error, key:twin does not exist",
    field: "twin",
  },
  {
    title: "twin as a list",
    body: { twin: [] },
    reason: `${UNREADABLE}: twin must be an object, got an array`,
    field: "twin",
  },
  {
    title: "an event id that is a number",
    body: { event_id: 5, twin: {} },
    reason: `${UNREADABLE}: event_id must be a string, got 5`,
    field: "event_id",
  },
  {
    title: "a time that is a text",
    body: { timestamp: "now", twin: {} },
    reason: `${UNREADABLE}: timestamp must be an integer (ms), got "now"`,
    field: "timestamp",
  },
  {
    title: "a key with a space",
    body: { twin: { "a b": {} } },
    reason: BAD_KEY,
    field: "twin.a b",
  },
  { title: "an empty key", body: { twin: { "": {} } }, reason: BAD_KEY, field: "twin." },
  {
    title: "a key of 129 characters",
    body: { twin: { ["k".repeat(129)]: {} } },
    reason: BAD_KEY,
    field: `twin.${"k".repeat(129)}`,
  },
  {
    title: "a key that is JavaScript's own",
    body: '{"twin":{"__proto__":{}}}',
    reason: BAD_KEY,
    field: "twin.__proto__",
  },
  {
    title: "actual null",
    body: { twin: { p: { actual: null } } },
    reason: `${NO_VALUE}: twin.p.actual must have a value, got null`,
    field: "twin.p",
  },
  {
    title: "actual without a value",
    body: { twin: { p: { actual: {} } } },
    reason: `${NO_VALUE}: twin.p.actual.value must be a string`,
    field: "twin.p",
  },
  {
    title: "expected with value null",
    body: { twin: { p: { expected: { value: null } } } },
    reason: `${NO_VALUE}: twin.p.expected.value must be a string`,
    field: "twin.p",
  },
  {
    title: "a number as value",
    body: { twin: { p: { actual: { value: 5 } } } },
    reason: `${UNREADABLE}: twin.p.actual.value must be a string, got 5`,
    field: "twin.p.actual.value",
  },
  {
    title: "a property that is a text",
    body: { twin: { p: "ON" } },
    reason: `${UNREADABLE}: twin.p must be an object or null, got "ON"`,
    field: "twin.p",
  },
  {
    title: "a type that is a number",
    body: { twin: { p: { metadata: { type: 1 } } } },
    reason: `${UNREADABLE}: twin.p.metadata.type must be a string, got 1`,
    field: "twin.p.metadata.type",
  },
  {
    title: "a version that is a text",
    body: { twin: { p: { actual_version: "1" } } },
    reason: `${UNREADABLE}: twin.p.actual_version must be an object, got "1"`,
    field: "twin.p.actual_version",
  },
  {
    title: "an unknown phase",
    body: { twin: { p: { outcome: { phase: "Done" } } } },
    reason: `${NO_VALUE}: twin.p.outcome.phase must be`,
    field: "twin.p",
  },
  {
    title: "an unknown quality",
    body: { twin: { p: { actual: { value: "1", metadata: { quality: "ok" } } } } },
    reason: `${NO_VALUE}: twin.p.actual.metadata.quality must be`,
    field: "twin.p",
  },
  {
    title: "atomic as a text",
    body: { atomic: "yes", twin: {} },
    reason: `${UNREADABLE}: atomic must be a boolean, got "yes"`,
    field: "atomic",
  },
];
for (const { title, body, reason, field } of refused) {
  test(`refuses ${title}, naming the field`, () => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    assert.throws(
      () => parseTwinUpdate(text),
      (error) => {
        assert.ok(error instanceof MapperkitError);
        assert.equal(error.code, "invalid_input");
        assert.ok(error.message.startsWith(reason), error.message);
        assert.equal(error.details.field, field);
        return true;
      },
    );
  });
}

test("a refusal carries the event id, so that the sender knows its answer", () => {
  for (const twin of [null, { p: { actual: {} } }, { p: 1 }]) {
    assert.throws(
      () => parseTwinUpdate({ ...base, twin }),
      (error) => error instanceof MapperkitError && error.details.eventId === "e1",
    );
  }
});
