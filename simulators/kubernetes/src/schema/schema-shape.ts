import { type FieldError, typeInvalid } from "./field-error.ts";
import { isObject } from "./json-schema-props.ts";

const MAX_DEPTH = 100;

/** What each keyword must hold, and which hold schemas. The rest of a schema is not read. */
const KEYWORDS: Readonly<Record<string, string>> = {
  type: "string",
  format: "string",
  description: "string",
  title: "string",
  pattern: "string",
  nullable: "boolean",
  exclusiveMinimum: "boolean",
  exclusiveMaximum: "boolean",
  uniqueItems: "boolean",
  minimum: "number",
  maximum: "number",
  multipleOf: "number",
  minLength: "number",
  maxLength: "number",
  minItems: "number",
  maxItems: "number",
  minProperties: "number",
  maxProperties: "number",
  enum: "array",
  required: "strings",
  properties: "schemas",
  items: "schema",
  additionalProperties: "schema or boolean",
  not: "schema",
  allOf: "schema list",
  anyOf: "schema list",
  oneOf: "schema list",
  "x-kubernetes-preserve-unknown-fields": "boolean",
  "x-kubernetes-embedded-resource": "boolean",
  "x-kubernetes-int-or-string": "boolean",
  "x-kubernetes-list-type": "string",
  "x-kubernetes-map-type": "string",
  "x-kubernetes-list-map-keys": "strings",
  "x-kubernetes-validations": "rules",
};

/** Whether foreign JSON has the form of a schema at all: the faults a typed decoder would find. */
export function checkShape(schema: unknown, path: string, depth = 0): FieldError[] {
  if (!isObject(schema)) return [wrong(path, "an object")];
  if (depth > MAX_DEPTH) return [wrong(path, `nested at most ${MAX_DEPTH} levels deep`)];
  return Object.entries(KEYWORDS).flatMap(([name, form]) => {
    const value = Object.hasOwn(schema, name) ? schema[name] : undefined;
    return value === undefined ? [] : checkForm(value, form, `${path}.${name}`, depth + 1);
  });
}

function wrong(path: string, wanted: string): FieldError {
  return typeInvalid(path, "", `must be ${wanted}`);
}

function checkForm(value: unknown, form: string, path: string, depth: number): FieldError[] {
  switch (form) {
    case "array":
      return Array.isArray(value) ? [] : [wrong(path, "a list")];
    case "strings": {
      const fits = Array.isArray(value) && value.every((item) => typeof item === "string");
      return fits ? [] : [wrong(path, "a list of strings")];
    }
    case "rules": {
      const fits = Array.isArray(value) && value.every(isRule);
      return fits ? [] : [wrong(path, "a list of rules")];
    }
    case "schemas":
      return isObject(value)
        ? Object.keys(value).flatMap((key) => checkShape(value[key], `${path}[${key}]`, depth))
        : [wrong(path, "an object")];
    case "schema list":
      return Array.isArray(value)
        ? value.flatMap((item, i) => checkShape(item, `${path}[${i}]`, depth))
        : [wrong(path, "a list")];
    case "schema or boolean":
      return typeof value === "boolean" ? [] : checkShape(value, path, depth);
    case "schema":
      return checkShape(value, path, depth);
    default:
      return typeof value === form ? [] : [wrong(path, `a ${form}`)];
  }
}

function isRule(value: unknown): boolean {
  if (!isObject(value)) return false;
  const texts = ["rule", "message", "messageExpression", "reason", "fieldPath"];
  return texts.every((name) => value[name] === undefined || typeof value[name] === "string");
}
