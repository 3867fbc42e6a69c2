import {
  type FieldError,
  invalid,
  NO_FIELD,
  notSupported,
  required,
  tooMany,
  typeInvalid,
} from "../field-error.ts";
import { isObject, type JsonObject } from "../json-schema-props.ts";
import { memberNode, type SchemaNode } from "../schema-node.ts";
import { correlateItems } from "./correlate.ts";
import { jsonEqual } from "./json-equal.ts";
import { checkNumber, checkString } from "./validate-scalar.ts";

/** Stops the list of one hostile object from filling the memory. */
const MAX_ERRORS = 1000;

/** What a check says: the faults, and how many checks passed (it picks the best of anyOf). */
export interface Verdict {
  readonly errors: FieldError[];
  passed: number;
}

/**
 * Checks `value` against `node` as kube-openapi does. `old` is the value it replaces: a part that
 * was as wrong before and has not changed is let through.
 */
export function validateNode(
  value: unknown,
  node: SchemaNode,
  path: string,
  old: unknown,
  verdict: Verdict,
): void {
  const before = verdict.errors.length;
  if (before >= MAX_ERRORS) return;
  if (value === null) {
    checkNull(node, path, verdict);
  } else {
    checkType(value, node, path, verdict);
    checkCombinations(value, node, path, verdict);
    if (typeof value === "string") checkString(value, node, path, verdict);
    else if (typeof value === "number") checkNumber(value, node, path, verdict);
    else if (Array.isArray(value)) checkList(value, node, path, old, verdict);
    checkEnum(value, node, path, verdict);
    if (isObject(value)) checkObject(value, node, path, old, verdict);
  }
  if (verdict.errors.length > before && old !== undefined && jsonEqual(value, old)) {
    verdict.errors.length = before;
  }
  if (verdict.errors.length === before) verdict.passed++;
}

function checkNull(node: SchemaNode, path: string, verdict: Verdict): void {
  if (node.types.length > 0 && !node.props.nullable) {
    verdict.errors.push(wrongType(path, node.types.join(","), "null"));
  }
  checkEnum(null, node, path, verdict);
}

function wrongType(path: string, wanted: string, found: string): FieldError {
  const detail = `${path} in body must be of type ${wanted}: "${found}"`;
  return typeInvalid(path, found, detail);
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function checkType(value: unknown, node: SchemaNode, path: string, verdict: Verdict): void {
  if (node.types.length === 0 && !node.format) return;
  const found = typeName(value);
  const fits = node.types.includes(found) || (found === "integer" && node.types.includes("number"));
  if (fits) {
    verdict.passed++;
    return;
  }
  const isNumeric = node.types.includes("number") || node.types.includes("integer");
  if (node.format) {
    // The real server's type check lets strings and lists pass here and leaves them to the format.
    if (!isNumeric && (found === "string" || found === "array")) return;
    if (found !== "string" && found !== "array") {
      verdict.errors.push(wrongType(path, node.format.name, ""));
      return;
    }
  }
  verdict.errors.push(wrongType(path, node.types.join(","), found));
}

function checkEnum(value: unknown, node: SchemaNode, path: string, verdict: Verdict): void {
  const allowed = node.props.enum;
  if (!allowed || allowed.length === 0) return;
  if (allowed.some((one) => one !== null && jsonEqual(one, value))) verdict.passed++;
  else if (value !== null || !allowed.includes(null) || !node.props.nullable) {
    verdict.errors.push(notSupported(path, value, allowed));
  }
}

function checkList(
  value: readonly unknown[],
  node: SchemaNode,
  path: string,
  old: unknown,
  verdict: Verdict,
): void {
  const { minItems, maxItems, uniqueItems } = node.props;
  const { items } = node;
  if (items) {
    const oldOf = correlateItems(node, value, old);
    for (let i = 0; i < value.length; i++) {
      validateNode(value[i], items, `${path}[${i}]`, oldOf?.(i), verdict);
    }
  }
  const size = value.length;
  if (minItems !== undefined && size < minItems) {
    const detail = `${path} in body should have at least ${minItems} items`;
    verdict.errors.push(invalid(path, size, detail));
  }
  if (maxItems !== undefined && size > maxItems) verdict.errors.push(tooMany(path, size, maxItems));
  if (uniqueItems && value.some((v, i) => value.slice(0, i).some((u) => jsonEqual(u, v)))) {
    verdict.errors.push(invalid(path, "", `${path} in body shouldn't contain duplicates`));
  }
}

function checkObject(
  value: JsonObject,
  node: SchemaNode,
  path: string,
  old: unknown,
  verdict: Verdict,
): void {
  const { minProperties, maxProperties } = node.props;
  const names = Object.keys(value);
  if (minProperties !== undefined && names.length < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    verdict.errors.push(invalid(path, names.length, detail));
    return;
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    verdict.errors.push(tooMany(path, names.length, maxProperties));
    return;
  }
  const oldMembers = isObject(old) ? old : undefined;
  for (const name of names) {
    const member = memberNode(node, name);
    const memberPath = path === "" ? name : `${path}.${name}`;
    if (member) {
      const oldMember =
        oldMembers && Object.hasOwn(oldMembers, name) ? oldMembers[name] : undefined;
      validateNode(value[name], member, memberPath, oldMember, verdict);
    } else if (node.additional === false) {
      const detail = `${memberPath} in body is a forbidden property`;
      verdict.errors.push(invalid(path, name, detail));
    }
  }
  for (const name of node.props.required ?? []) {
    if (Object.hasOwn(value, name)) verdict.passed++;
    else verdict.errors.push(required(path === "" ? name : `${path}.${name}`));
  }
}

function attempt(value: unknown, node: SchemaNode, path: string): Verdict {
  const verdict = { errors: [], passed: 0 };
  validateNode(value, node, path, undefined, verdict);
  return verdict;
}

function onWhole(detail: string): FieldError {
  return invalid(NO_FIELD, "", detail);
}

function checkCombinations(value: unknown, node: SchemaNode, path: string, verdict: Verdict): void {
  const name = `"${path}"`;
  if (node.anyOf.length > 0) checkAnyOf(value, node, path, verdict);
  if (node.oneOf.length > 0) checkOneOf(value, node, path, verdict);
  if (node.allOf.length > 0) {
    const tries = node.allOf.map((schema) => attempt(value, schema, path));
    verdict.errors.push(...tries.flatMap((t) => t.errors));
    const valid = tries.filter((t) => t.errors.length === 0).length;
    if (valid < tries.length) {
      const none = valid === 0 ? ". None validated" : "";
      verdict.errors.push(onWhole(`${name} must validate all the schemas (allOf)${none}`));
    }
  }
  if (node.not && attempt(value, node.not, path).errors.length === 0) {
    verdict.errors.push(onWhole(`${name} must not validate the schema (not)`));
  }
}

function bestOf(tries: readonly Verdict[]): readonly FieldError[] {
  let best: Verdict | undefined;
  for (const one of tries) if (!best || one.passed > best.passed) best = one;
  return best?.errors ?? [];
}

function checkAnyOf(value: unknown, node: SchemaNode, path: string, verdict: Verdict): void {
  const tries: Verdict[] = [];
  for (const schema of node.anyOf) {
    const one = attempt(value, schema, path);
    if (one.errors.length === 0) {
      verdict.passed += one.passed;
      return;
    }
    tries.push(one);
  }
  const detail = `"${path}" must validate at least one schema (anyOf)`;
  verdict.errors.push(onWhole(detail), ...bestOf(tries));
}

function checkOneOf(value: unknown, node: SchemaNode, path: string, verdict: Verdict): void {
  const tries = node.oneOf.map((schema) => attempt(value, schema, path));
  const valid = tries.filter((t) => t.errors.length === 0);
  if (valid.length === 1) {
    verdict.passed += valid[0]?.passed ?? 0;
    return;
  }
  const found = valid.length === 0 ? "none valid" : `${valid.length} valid alternatives`;
  const detail = `"${path}" must validate one and only one schema (oneOf). Found ${found}`;
  verdict.errors.push(onWhole(detail));
  if (valid.length === 0) verdict.errors.push(...bestOf(tries));
}
