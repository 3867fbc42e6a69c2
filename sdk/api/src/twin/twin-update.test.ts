import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MapperkitError } from "../errors.ts";
import { encodeTwinUpdate } from "./encode-messages.ts";
import { parseTwinGet } from "./message-base.ts";
import type { TwinUpdate } from "./twin-messages.ts";
import { parsePartialTwinUpdate, parseTwinUpdate } from "./twin-update.ts";

const UNREADABLE = "Unmarshal update request body failed, please check the request";
const BAD_KEY = "The key of twin must only include";
const NO_VALUE = "the request body is wrong";

const base = { event_id: "e1", timestamp: 1700000000000 };

const accepted: { title: string; body: object; update?: object }[] = [
  { title: "a report", body: { twin: { power: { actual: { value: "ON" } } } } },
  { title: "a deletion", body: { twin: { power: null } } },
  { title: "a property without sides", body: { twin: { power: {} } } },
  { title: "no properties", body: { twin: {} } },
  { title: "an empty value", body: { twin: { power: { expected: { value: "" } } } } },
  {
    title: "any UTF-8 as value",
    body: { twin: { note: { actual: { value: '{"t": "21 °C"} = + % ( ) \u{1F600}\n' } } } },
  },
  {
    title: "versions, as an edge reports them",
    body: {
      twin: {
        p: {
          actual: { value: "1" },
          metadata: { type: "string" },
          actual_version: { cloud: 0, edge: 1 },
        },
      },
    },
  },
  {
    title: "an outcome with quality and times",
    body: {
      atomic: true,
      twin: {
        p: {
          actual: {
            value: "1",
            metadata: { timestamp: 1, sourceTimestamp: 2.5, quality: "Bad", reason: "timeout" },
          },
          outcome: { generation: 7, phase: "Applied", reason: "", message: "", timestamp: 1 },
        },
      },
    },
  },
  {
    title: "unknown fields, which are left alone",
    body: { twin: { p: { actual: { value: "1", more: 1 }, more: [] } }, more: {} },
  },
  {
    title: "Go's field names",
    body: { Twin: { p: { Actual: { Value: "1" }, Metadata: { type: "int" } } } },
    update: {
      twin: {
        p: {
          actual: { Value: "1", value: "1" },
          metadata: { type: "int" },
          Actual: { Value: "1", value: "1" },
          Metadata: { type: "int" },
        },
      },
      Twin: {
        p: {
          actual: { Value: "1", value: "1" },
          metadata: { type: "int" },
          Actual: { Value: "1", value: "1" },
          Metadata: { type: "int" },
        },
      },
    },
  },
  {
    title: "null where Go reads it as absent",
    body: {
      twin: {
        p: {
          actual: { value: "1", metadata: null },
          metadata: null,
          optional: null,
          actual_version: null,
          outcome: null,
        },
      },
    },
    update: { twin: { p: { actual: { value: "1" } } } },
  },
  {
    title: "an edge's report of a deleted property, versions without values",
    body: {
      twin: {
        p: {
          actual: {},
          expected: null,
          metadata: { type: "deleted" },
          actual_version: { edge: 3 },
        },
      },
    },
    update: {
      twin: { p: { metadata: { type: "deleted" }, actual_version: { edge: 3, cloud: 0 } } },
    },
  },
];
for (const { title, body, update } of accepted) {
  test(`takes ${title}`, () => {
    const read = parseTwinUpdate(JSON.stringify({ ...base, ...body }));
    assert.deepEqual(read, { ...base, ...(update ?? body) });
    assert.deepEqual(JSON.parse(encodeTwinUpdate(read)), read);
  });
}

test("fills in what Go would: no event id, no time", () => {
  assert.deepEqual(parseTwinUpdate('{"twin":{}}'), { event_id: "", timestamp: 0, twin: {} });
  assert.deepEqual(parseTwinGet('{"event_id":null}'), { event_id: "", timestamp: 0 });
});

test("bytes, text and parsed content read alike", () => {
  const text = JSON.stringify({ ...base, twin: { p: { actual: { value: "1" } } } });
  assert.deepEqual(parseTwinUpdate(new TextEncoder().encode(text)), parseTwinUpdate(text));
  assert.deepEqual(parseTwinUpdate(JSON.parse(text)), parseTwinUpdate(text));
});

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

test("sets aside the properties that cannot be taken and keeps the others", () => {
  const { update, refused } = parsePartialTwinUpdate({
    ...base,
    twin: { good: { actual: { value: "1" } }, "bad key": {}, empty: { actual: {} }, gone: null },
  });
  assert.deepEqual(update.twin, { good: { actual: { value: "1" } }, gone: null });
  assert.deepEqual(Object.keys(refused), ["bad key", "empty"]);
  assert.equal(refused.empty?.code, 400);
});

test("any bytes are read or refused, never more", () => {
  const near = fc
    .json()
    .chain((inner) =>
      fc.constantFrom(
        inner,
        `{"twin":${inner}}`,
        `{"twin":{"p":${inner}}}`,
        `{"twin":{"p":{"actual":${inner},"expected":${inner}}}}`,
        `{"twin":{"p":{"actual":{"value":"1","metadata":${inner}},"outcome":${inner}}}}`,
        `{"twin":{"p":{"metadata":${inner},"actual_version":${inner}}},"event_id":${inner}}`,
      ),
    );
  const bodies = fc.oneof(fc.uint8Array(), fc.string(), near, near);
  fc.assert(
    fc.property(bodies, (body) => {
      let update: TwinUpdate;
      try {
        update = parseTwinUpdate(body);
      } catch (error) {
        assert.ok(error instanceof MapperkitError && error.code === "invalid_input");
        return;
      }
      assert.deepEqual(
        parseTwinUpdate(encodeTwinUpdate(update)),
        JSON.parse(JSON.stringify(update)),
      );
    }),
    { numRuns: 500 },
  );
});

test("a very deep body is refused or taken like any other", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assert.throws(() => parseTwinUpdate(deep), MapperkitError);
  assert.throws(
    () => parseTwinUpdate(`{"twin":{"p":{"actual":{"value":${deep}}}}}`),
    MapperkitError,
  );
  assert.ok(parseTwinUpdate(`{"twin":{"p":{"actual":{"value":"1"},"more":${deep}}}}`));
});
