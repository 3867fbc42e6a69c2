import type { FieldError } from "../status/index.ts";
import { isJsonObject } from "./kube-object.ts";

const WRONG_TYPE = /must be of type string: "(boolean|integer|number)"$/;

/**
 * What to tell who wrote `value: ON` or `value: 21` where text is expected: YAML makes a boolean or a
 * number of it, and the real server's message does not say why.
 */
export function quotingHints(object: unknown, faults: readonly FieldError[]): string[] {
  return faults.flatMap(({ field, message }) => {
    const found = WRONG_TYPE.exec(message)?.[1];
    return found === undefined ? [] : [hintFor(field, found, valueAt(object, field))];
  });
}

/** The same for built-in kinds, whose decoder stops at the first fault. */
export function decodeHint(fault: string): string | undefined {
  const [, found, field = ""] =
    /cannot unmarshal (bool|number) into Go struct field \w+\.(\S+) of type string$/.exec(fault) ??
    [];
  if (found === undefined) return undefined;
  return hintFor(field, found === "bool" ? "boolean" : "number", undefined);
}

function hintFor(field: string, found: string, value: unknown): string {
  if (found === "boolean") {
    return `${field}: text is expected and a boolean was given: YAML reads an unquoted ON, OFF, YES, NO, Y, N, TRUE or FALSE as a boolean; write the text in quotes, as in "ON"`;
  }
  const shown = typeof value === "number" ? String(value) : "21";
  return `${field}: text is expected and a number was given: write it in quotes, as in "${shown}"`;
}

function valueAt(object: unknown, field: string): unknown {
  let value = object;
  for (const [, key, index] of field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (index !== undefined) value = Array.isArray(value) ? value[Number(index)] : undefined;
    else value = isJsonObject(value) && key !== undefined ? value[key] : undefined;
  }
  return value;
}
