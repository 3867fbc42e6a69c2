import { RE2JS } from "re2js";
import { compileSchema } from "./compiled-schema.ts";
import { type FieldError, forbidden, invalid, notSupported, required } from "./field-error.ts";
import type { JsonSchemaProps, ValidationRule } from "./json-schema-props.ts";
import { compileExpression, faultOf, type ResultType } from "./rules/index.ts";
import { checkShape } from "./schema-shape.ts";

const MAX_DEPTH = 100;
const TYPES = ["array", "boolean", "integer", "number", "object", "string"] as const;
const LIST_TYPES = ["atomic", "set", "map"] as const;
const MAP_TYPES = ["atomic", "granular"] as const;
/** What a schema inside allOf, anyOf, oneOf and not may not say. */
const NOT_IN_BRANCHES = [
  "description",
  "type",
  "default",
  "title",
  "nullable",
  "additionalProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-validations",
] as const;
const NEVER = ["definitions", "dependencies", "patternProperties", "additionalItems", "$ref", "id"];

/**
 * The faults of a CustomResourceDefinition's schema, with fields relative to it (`.` is prefixed by
 * the caller); empty when it is structural. Covers the rules a schema can break by accident, not
 * every one of the real server's.
 * @see apiextensions-apiserver/pkg/apiserver/schema/validation.go
 */
export function checkStructural(props: JsonSchemaProps, path = "openAPIV3Schema"): FieldError[] {
  const errors: FieldError[] = checkShape(props, path);
  if (errors.length > 0) return errors;
  checkNode(props, path, errors, 0);
  if (props.type && props.type !== "object") {
    errors.push(invalid(`${path}.type`, props.type, "must be object at the root"));
  }
  if (props.nullable)
    errors.push(forbidden(`${path}.nullable`, "nullable cannot be true at the root"));
  if (errors.length === 0) checkDefaults(props, path, errors);
  return errors;
}

function checkNode(
  props: JsonSchemaProps,
  path: string,
  errors: FieldError[],
  depth: number,
): void {
  if (depth > MAX_DEPTH) {
    errors.push(invalid(path, "", `the schema is nested deeper than ${MAX_DEPTH} levels`));
    return;
  }
  checkType(props, path, errors);
  checkExtensions(props, path, errors);
  checkKeywords(props, path, errors);
  checkBranches(props, path, errors);
  checkRules(props, path, errors);
  const next = depth + 1;
  for (const [name, property] of Object.entries(props.properties ?? {})) {
    checkNode(property, `${path}.properties[${name}]`, errors, next);
  }
  if (props.items) checkNode(props.items, `${path}.items`, errors, next);
  if (typeof props.additionalProperties === "object") {
    checkNode(props.additionalProperties, `${path}.additionalProperties`, errors, next);
  }
}

function checkType(props: JsonSchemaProps, path: string, errors: FieldError[]): void {
  const isFree =
    props["x-kubernetes-int-or-string"] || props["x-kubernetes-preserve-unknown-fields"];
  if (!props.type) {
    if (!isFree) {
      const detail = path.includes(".")
        ? "must not be empty for specified object fields"
        : "must not be empty at the root";
      errors.push(required(`${path}.type`, detail));
    }
  } else if (!TYPES.some((type) => type === props.type)) {
    errors.push(notSupported(`${path}.type`, props.type, TYPES));
  } else if (props["x-kubernetes-int-or-string"]) {
    const detail = "must be empty if x-kubernetes-int-or-string is true";
    errors.push(invalid(`${path}.type`, props.type, detail));
  }
  if (props.type === "array" && !props.items) {
    errors.push(required(`${path}.items`, "must be specified"));
  }
}

function checkKeywords(props: JsonSchemaProps, path: string, errors: FieldError[]): void {
  for (const name of NEVER) {
    if (Object.hasOwn(props, name))
      errors.push(forbidden(`${path}.${name}`, `${name} is not supported`));
  }
  if (props.additionalProperties === false) {
    errors.push(
      forbidden(`${path}.additionalProperties`, "additionalProperties cannot be set to false"),
    );
  }
  if (props.additionalProperties && Object.keys(props.properties ?? {}).length > 0) {
    const detail = "additionalProperties and properties are mutual exclusive";
    errors.push(forbidden(`${path}.additionalProperties`, detail));
  }
  if (props.uniqueItems) {
    const detail =
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbidden(`${path}.uniqueItems`, detail));
  }
  if (Array.isArray(props.items)) {
    errors.push(forbidden(`${path}.items`, "items must be a schema object and not an array"));
  }
  if (props.pattern) {
    try {
      RE2JS.compile(props.pattern);
    } catch (error) {
      const detail = `must be a valid regular expression, but isn't: ${faultOf(error)}`;
      errors.push(invalid(`${path}.pattern`, props.pattern, detail));
    }
  }
}

function checkExtensions(props: JsonSchemaProps, path: string, errors: FieldError[]): void {
  const listType = props["x-kubernetes-list-type"];
  const keys = props["x-kubernetes-list-map-keys"];
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (listType !== undefined) {
    const field = `${path}.x-kubernetes-list-type`;
    if (!LIST_TYPES.some((t) => t === listType)) {
      errors.push(notSupported(field, listType, LIST_TYPES));
    } else if (props.type !== "array") {
      const detail = "must be array if x-kubernetes-list-type is specified";
      errors.push(invalid(`${path}.type`, props.type ?? "", detail));
    }
  }
  if (listType === "map") checkListMapKeys(props, keysPath, errors);
  else if (keys && keys.length > 0) {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(invalid(`${path}.x-kubernetes-list-type`, listType ?? "", detail));
  }
  const mapType = props["x-kubernetes-map-type"];
  if (mapType !== undefined && !MAP_TYPES.some((t) => t === mapType)) {
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, MAP_TYPES));
  }
  const isEmbedded = props["x-kubernetes-embedded-resource"];
  if (isEmbedded && !props["x-kubernetes-preserve-unknown-fields"] && !props.properties) {
    const detail =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(`${path}.properties`, detail));
  }
}

function checkListMapKeys(props: JsonSchemaProps, path: string, errors: FieldError[]): void {
  const keys = props["x-kubernetes-list-map-keys"] ?? [];
  if (keys.length === 0) {
    errors.push(required(path, "must not be empty if x-kubernetes-list-type is map"));
  }
  const properties = props.items?.properties ?? {};
  for (const [i, key] of keys.entries()) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!property) {
      const detail = "entries must all be names of item properties";
      errors.push(invalid(`${path}[${i}]`, key, detail));
    } else if (property.default === undefined && !props.items?.required?.includes(key)) {
      const detail =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      const owner = path.replace(/\.x-kubernetes-list-map-keys$/, "");
      errors.push(required(`${owner}.items.properties[${key}].default`, detail));
    }
  }
}

function checkBranches(props: JsonSchemaProps, path: string, errors: FieldError[]): void {
  // The one form in which a branch may say a type. @see IntOrString in the CRD documents
  if (props["x-kubernetes-int-or-string"]) return;
  for (const name of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [i, branch] of (props[name] ?? []).entries()) {
      checkBranch(branch, `${path}.${name}[${i}]`, errors, 0);
    }
  }
  if (props.not) checkBranch(props.not, `${path}.not`, errors, 0);
}

function checkBranch(
  props: JsonSchemaProps,
  path: string,
  errors: FieldError[],
  depth: number,
): void {
  if (depth > MAX_DEPTH) return;
  for (const name of NOT_IN_BRANCHES) {
    if (props[name] === undefined || props[name] === false) continue;
    errors.push(forbidden(`${path}.${name}`, "must be empty to be structural"));
  }
  for (const [name, property] of Object.entries(props.properties ?? {})) {
    checkBranch(property, `${path}.properties[${name}]`, errors, depth + 1);
  }
  if (props.items) checkBranch(props.items, `${path}.items`, errors, depth + 1);
}

function checkRules(props: JsonSchemaProps, path: string, errors: FieldError[]): void {
  for (const [i, rule] of (props["x-kubernetes-validations"] ?? []).entries()) {
    const field = `${path}.x-kubernetes-validations[${i}].rule`;
    if (!rule.rule?.trim()) {
      errors.push(required(field, "rule is not specified"));
      continue;
    }
    checkExpression(rule.rule, "bool", field, errors);
    checkRuleWords(rule, `${path}.x-kubernetes-validations[${i}]`, errors);
  }
}

const REASONS = [
  "FieldValueForbidden",
  "FieldValueRequired",
  "FieldValueInvalid",
  "FieldValueDuplicate",
];

/** What a rule says when it is broken. */
function checkRuleWords(rule: ValidationRule, path: string, errors: FieldError[]): void {
  const { message, messageExpression, reason, fieldPath } = rule;
  if (message !== undefined && message.trim() === "") {
    errors.push(invalid(`${path}.message`, message, "message must be non-empty if specified"));
  } else if (message?.includes("\n")) {
    errors.push(invalid(`${path}.message`, message, "message must not contain line breaks"));
  }
  if (messageExpression !== undefined) {
    checkExpression(messageExpression, "string", `${path}.messageExpression`, errors);
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(`${path}.reason`, reason, REASONS));
  }
  if (fieldPath !== undefined && !/^[.[]/.test(fieldPath)) {
    const detail = `fieldPath must be a valid path: does not refer to a valid field`;
    errors.push(invalid(`${path}.fieldPath`, fieldPath, detail));
  }
}

function checkExpression(
  text: string,
  wanted: ResultType,
  field: string,
  errors: FieldError[],
): void {
  try {
    compileExpression(text, wanted);
  } catch (error) {
    errors.push(invalid(field, text, `compilation failed: ERROR: ${faultOf(error)}`));
  }
}

function checkDefaults(props: JsonSchemaProps, path: string, errors: FieldError[]): void {
  if (props.default !== undefined) {
    const wrapper: JsonSchemaProps = { type: "object", properties: { default: props } };
    for (const error of compileSchema(wrapper).validate({ default: props.default })) {
      const field = error.field.startsWith("default")
        ? `${path}.${error.field}`
        : `${path}.default`;
      errors.push({ ...error, field });
    }
  }
  for (const [name, property] of Object.entries(props.properties ?? {})) {
    checkDefaults(property, `${path}.properties[${name}]`, errors);
  }
  if (props.items) checkDefaults(props.items, `${path}.items`, errors);
  if (typeof props.additionalProperties === "object") {
    checkDefaults(props.additionalProperties, `${path}.additionalProperties`, errors);
  }
}
