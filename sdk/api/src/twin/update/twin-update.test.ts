import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MapperkitError } from "../../errors.ts";
import { encodeTwinUpdate } from "../encode-messages.ts";
import { parseTwinGet } from "../message-base.ts";
import type { TwinUpdate } from "../twin-messages.ts";
import { parsePartialTwinUpdate, parseTwinUpdate } from "./twin-update.ts";

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
