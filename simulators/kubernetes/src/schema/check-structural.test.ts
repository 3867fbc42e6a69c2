import assert from "node:assert/strict";
import { test } from "node:test";
import { checkStructural } from "./check-structural.ts";
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
