import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkStructural } from "./check-structural.ts";
import { compileSchema } from "./compiled-schema.ts";
import type { JsonSchemaProps } from "./json-schema-props.ts";

const root = (spec: unknown): JsonSchemaProps =>
  ({ type: "object", properties: { spec } }) as JsonSchemaProps;
const at = "openAPIV3Schema.properties[spec]";

const cases: { title: string; spec: unknown; wanted: string[] }[] = [
  { title: "a plain schema", spec: { type: "string" }, wanted: [] },
  {
    title: "no type",
    spec: {},
    wanted: [`${at}.type: Required value: must not be empty for specified object fields`],
  },
  {
    title: "an unknown type",
    spec: { type: "text" },
    wanted: [
      `${at}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  },
  {
    title: "an array of nothing",
    spec: { type: "array" },
    wanted: [`${at}.items: Required value: must be specified`],
  },
  {
    title: "int-or-string with its anyOf",
    spec: {
      "x-kubernetes-int-or-string": true,
      anyOf: [{ type: "integer" }, { type: "string" }],
    },
    wanted: [],
  },
  {
    title: "a type in a branch",
    spec: { type: "object", oneOf: [{ type: "string" }] },
    wanted: [`${at}.oneOf[0].type: Forbidden: must be empty to be structural`],
  },
  {
    title: "a pattern RE2 cannot read",
    spec: { type: "string", pattern: "(?=a)" },
    wanted: [
      `${at}.pattern: Invalid value: "(?=a)": must be a valid regular expression, but isn't: error parsing regexp: invalid or unsupported Perl syntax: \`(?=\``,
    ],
  },
  {
    title: "a default that breaks its own schema",
    spec: { type: "integer", default: "x" },
    wanted: [
      `${at}.default: Invalid value: "string": default in body must be of type integer: "string"`,
    ],
  },
  {
    title: "a map list whose key may be missing",
    spec: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: { type: "string" } } },
    },
    wanted: [
      `${at}.items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  },
];
for (const { title, spec, wanted } of cases) {
  test(title, () => {
    const errors = checkStructural(root(spec));
    assert.deepEqual(
      errors.map((e) => `${e.field}: ${e.message}`),
      wanted,
    );
  });
}

test("a rule that does not parse is a fault of the schema", () => {
  const errors = checkStructural(
    root({ type: "object", "x-kubernetes-validations": [{ rule: "self ==" }] }),
  );
  assert.equal(errors[0]?.field, `${at}.x-kubernetes-validations[0].rule`);
});

test("any JSON is judged without throwing, and what is accepted compiles", () => {
  const any = fc.oneof(fc.jsonValue(), fc.constantFrom("object", "array", "string", "map", "^a"));
  const schemaOf = (below: fc.Arbitrary<unknown>) =>
    fc.record(
      {
        type: fc.oneof(fc.constantFrom("object", "array", "string", "integer"), any),
        properties: fc.oneof(fc.record({ a: below }), any),
        items: fc.oneof(below, any),
        required: any,
        enum: any,
        pattern: any,
        default: any,
        anyOf: fc.oneof(fc.tuple(below), any),
        "x-kubernetes-list-type": any,
        "x-kubernetes-list-map-keys": fc.oneof(fc.constant(["a"]), any),
        "x-kubernetes-validations": fc.oneof(fc.constant([{ rule: "self.a == 1" }]), any),
      },
      { requiredKeys: [] },
    );
  const tree = schemaOf(schemaOf(fc.constant({ type: "string" })));
  fc.assert(
    fc.property(tree, fc.jsonValue(), (drawn, value) => {
      const schema = JSON.parse(JSON.stringify(drawn));
      if (checkStructural(schema).length > 0) return;
      const compiled = compileSchema(schema);
      compiled.validate(value);
      compiled.applyDefaults(value);
      compiled.prune(value);
    }),
    { numRuns: 300 },
  );
});
