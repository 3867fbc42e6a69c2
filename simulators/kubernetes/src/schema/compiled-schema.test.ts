import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileSchema } from "./compiled-schema.ts";
import type { JsonSchemaProps } from "./json-schema-props.ts";

const widget: JsonSchemaProps = {
  type: "object",
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 0, maximum: 10, default: 3 },
        ratio: { type: "number", multipleOf: 0.5, exclusiveMinimum: true, minimum: 0 },
        color: { type: "string", enum: ["red", "blue"] },
        name: { type: "string", pattern: "^[a-z]+$", minLength: 1, maxLength: 5 },
        since: { type: "string", format: "date-time" },
        port: { "x-kubernetes-int-or-string": true },
        note: { type: "string", nullable: true, default: "n" },
        flag: { type: "boolean", default: false },
        raw: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        labels: { type: "object", maxProperties: 2, additionalProperties: { type: "string" } },
        tags: {
          type: "array",
          maxItems: 3,
          items: { type: "string" },
          "x-kubernetes-list-type": "set",
        },
        list: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, x: { type: "integer", default: 1 } },
          },
        },
        either: {
          type: "object",
          properties: { a: { type: "string" }, b: { type: "string" } },
          oneOf: [{ required: ["a"] }, { required: ["b"] }],
        },
      },
    },
  },
};
const schema = compileSchema(widget);
const object = (spec: unknown) => ({
  apiVersion: "demo.example.com/v1",
  kind: "Widget",
  metadata: { name: "w" },
  spec,
});
const faults = (spec: unknown, old?: unknown) =>
  schema
    .validate(object(spec), old === undefined ? undefined : object(old))
    .map((e) => `${e.type} ${e.field}: ${e.message}`);

const cases: { spec: unknown; wanted: string[] }[] = [
  { spec: { size: 3 }, wanted: [] },
  { spec: {}, wanted: ["FieldValueRequired spec.size: Required value"] },
  {
    spec: { size: true },
    wanted: [
      'FieldValueTypeInvalid spec.size: Invalid value: "boolean": spec.size in body must be of type integer: "boolean"',
    ],
  },
  {
    spec: { size: 1.5 },
    wanted: [
      'FieldValueTypeInvalid spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"',
    ],
  },
  {
    spec: { size: -1 },
    wanted: [
      "FieldValueInvalid spec.size: Invalid value: -1: spec.size in body should be greater than or equal to 0",
    ],
  },
  {
    spec: { size: 11 },
    wanted: [
      "FieldValueInvalid spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10",
    ],
  },
  {
    spec: { size: 1, ratio: 0 },
    wanted: [
      "FieldValueInvalid spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0",
    ],
  },
  {
    spec: { size: 1, ratio: 0.7 },
    wanted: [
      "FieldValueInvalid spec.ratio: Invalid value: 0.7: spec.ratio in body should be a multiple of 0.5",
    ],
  },
  {
    spec: { size: 1, color: "x" },
    wanted: [
      'FieldValueNotSupported spec.color: Unsupported value: "x": supported values: "red", "blue"',
    ],
  },
  {
    spec: { size: 1, name: "ABCDEFG" },
    wanted: [
      "FieldValueTooLong spec.name: Too long: may not be more than 5 bytes",
      "FieldValueInvalid spec.name: Invalid value: \"ABCDEFG\": spec.name in body should match '^[a-z]+$'",
    ],
  },
  {
    spec: { size: 1, since: "today" },
    wanted: [
      'FieldValueTypeInvalid spec.since: Invalid value: "today": spec.since in body must be of type date-time: "today"',
    ],
  },
  { spec: { size: 1, port: 80, since: "2026-02-28T23:59:59.5Z" }, wanted: [] },
  { spec: { size: 1, port: "http", note: null }, wanted: [] },
  {
    spec: { size: 1, port: true },
    wanted: [
      'FieldValueTypeInvalid spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"',
    ],
  },
  {
    spec: { size: 1, tags: ["a", "b", "a"] },
    wanted: ['FieldValueDuplicate spec.tags[2]: Duplicate value: "a"'],
  },
  {
    spec: { size: 1, tags: ["a", "b", "c", "d"] },
    wanted: ["FieldValueTooMany spec.tags: Too many: 4: must have at most 3 items"],
  },
  {
    spec: { size: 1, list: [{ name: "a" }, { name: "a" }] },
    wanted: ['FieldValueDuplicate spec.list[1]: Duplicate value: {"name":"a"}'],
  },
  {
    spec: { size: 1, list: [{ name: null }] },
    wanted: [
      'FieldValueTypeInvalid spec.list[0].name: Invalid value: "null": spec.list[0].name in body must be of type string: "null"',
    ],
  },
  {
    spec: { size: 1, either: { a: "1", b: "2" } },
    wanted: [
      'FieldValueInvalid <nil>: Invalid value: "": "spec.either" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  },
  {
    spec: { size: 1, either: {} },
    wanted: [
      'FieldValueInvalid <nil>: Invalid value: "": "spec.either" must validate one and only one schema (oneOf). Found none valid',
      "FieldValueRequired spec.either.a: Required value",
    ],
  },
  {
    spec: { size: 1, labels: { a: 1 } },
    wanted: [
      'FieldValueTypeInvalid spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"',
    ],
  },
];
for (const { spec, wanted } of cases) {
  test(`faults of ${JSON.stringify(spec)}`, () => assert.deepEqual(faults(spec), wanted));
}

test("an update lets an unchanged fault through, and only that", () => {
  const old = { size: 11, list: [{ name: "a", x: "bad" }] };
  assert.deepEqual(faults({ ...old, color: "red" }, old), []);
  assert.equal(faults({ ...old, size: 12 }, old).length, 1);
  assert.equal(faults({ size: 1, list: [{ name: "b", x: "bad" }] }, old).length, 1);
});

test("unknown fields are named by path and removed", () => {
  const value = {
    ...object({ size: 1, bogus: 1, list: [{ name: "a", y: 1 }], raw: { keep: { me: [] } } }),
    top: 1,
  };
  (value.metadata as Record<string, unknown>).owner = "me";
  assert.deepEqual(schema.unknownFields(value), [
    "metadata.owner",
    "spec.bogus",
    "spec.list[0].y",
    "top",
  ]);
  schema.prune(value);
  assert.deepEqual(value, object({ size: 1, list: [{ name: "a" }], raw: { keep: { me: [] } } }));
});

test("defaults fill what is absent and what is null against the schema", () => {
  const value = object({ size: null, color: null, note: null, list: [{ name: "a" }] });
  schema.applyDefaults(value);
  assert.deepEqual(
    value,
    object({ size: 3, note: null, flag: false, list: [{ name: "a", x: 1 }] }),
  );
});

test("any JSON: nothing throws, pruning leaves nothing unknown, twice is once", () => {
  const spec = fc.oneof(
    fc.jsonValue(),
    fc.record(
      Object.fromEntries(
        ["size", "ratio", "color", "name", "tags", "list", "either", "labels", "raw", "z"].map(
          (name) => [name, fc.jsonValue()],
        ),
      ),
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), spec.map(object)), fc.jsonValue(), (drawn, old) => {
      // Through text, as objects reach the server: plain prototypes only.
      const value = JSON.parse(JSON.stringify(drawn));
      schema.validate(value, old);
      schema.prune(value);
      assert.deepEqual(schema.unknownFields(value), []);
      const pruned = structuredClone(value);
      schema.prune(value);
      assert.deepEqual(value, pruned);
      schema.applyDefaults(value);
      const defaulted = structuredClone(value);
      schema.applyDefaults(value);
      assert.deepEqual(value, defaulted);
    }),
    { numRuns: 300 },
  );
});

test("a value too deep to walk is refused, not overflowed", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 50_000; i++) deep = { raw: [deep] };
  const value = object({ raw: deep, bogus: deep });
  schema.unknownFields(value);
  assert.match(schema.validate(value)[0]?.message ?? "", /nested deeper than 256 levels/);
});

test("a hostile pattern does not hang", () => {
  const hostile = compileSchema({
    type: "object",
    properties: { a: { type: "string", pattern: "^(a+)+$" } },
  });
  assert.equal(hostile.validate({ a: `${"a".repeat(5000)}!` }).length, 1);
});
