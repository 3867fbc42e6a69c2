import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileSchema } from "../compiled-schema.ts";
import { aggregateMessage } from "../field-error.ts";

const ruled = compileSchema({
  type: "object",
  properties: {
    spec: {
      type: "object",
      "x-kubernetes-validations": [
        { rule: "self.min <= self.max", message: "min is above max" },
        { rule: "self.max < 100", messageExpression: "'max is ' + string(self.max)" },
        { rule: "!has(self.name) || self.name.matches('^(a+)+$')" },
      ],
      properties: {
        min: { type: "integer" },
        max: { type: "integer" },
        name: {
          type: "string",
          "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "name never changes" }],
        },
      },
    },
  },
});

test("rules speak with their own message, their expression, or their text", () => {
  const errors = ruled.validate({ spec: { min: 200, max: 150, name: `${"a".repeat(50)}!` } });
  assert.deepEqual(errors, [
    {
      type: "FieldValueInvalid",
      field: "spec",
      message: 'Invalid value: "object": min is above max',
    },
    { type: "FieldValueInvalid", field: "spec", message: 'Invalid value: "object": max is 150' },
    {
      type: "FieldValueInvalid",
      field: "spec",
      message: `Invalid value: "object": failed rule: !has(self.name) || self.name.matches('^(a+)+$')`,
    },
  ]);
});

test("a transition rule runs on update only, and a wrong type keeps the rules from running", () => {
  const value = { spec: { min: 1, max: 2, name: "a" } };
  assert.deepEqual(ruled.validate(value), []);
  assert.equal(
    aggregateMessage(ruled.validate({ spec: { ...value.spec, name: "aa" } }, value)),
    'spec.name: Invalid value: "string": name never changes',
  );
  assert.equal(
    aggregateMessage(ruled.validate({ spec: { min: "1", max: 2 } })),
    '[spec.min: Invalid value: "string": spec.min in body must be of type integer: "string", <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
  );
});

test("no value makes the rules throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, old) => {
      ruled.validate({ spec: value }, { spec: old });
    }),
  );
});

test("a rule of loops inside loops is cut short, and says so", () => {
  const rule = "self.all(a, self.all(b, self.all(c, self.all(d, a + b + c + d >= 0))))";
  const looping = compileSchema({
    type: "object",
    properties: {
      list: { type: "array", items: { type: "integer" }, "x-kubernetes-validations": [{ rule }] },
    },
  });
  assert.deepEqual(looping.validate({ list: [1, 2, 3] }), []);
  const list = Array.from({ length: 500 }, (_, i) => i);
  assert.equal(
    looping.validate({ list })[0]?.message,
    `Invalid value: "array": 'operation cancelled: actual cost limit exceeded': call cost exceeds limit for rule: ${rule}`,
  );
});
