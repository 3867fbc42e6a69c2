import { type FieldError, invalid, required } from "../field-error.ts";
import { isObject } from "../json-schema-props.ts";
import { memberNode, type SchemaNode } from "../schema-node.ts";

/** The faults in apiVersion and kind of embedded resources. */
export function checkEmbedded(
  value: unknown,
  node: SchemaNode | undefined,
  path: string,
): FieldError[] {
  if (!node) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => checkEmbedded(item, node.items, `${path}[${i}]`));
  }
  if (!isObject(value)) return [];
  const errors: FieldError[] = [];
  if (node.embedded) {
    for (const name of ["apiVersion", "kind"]) {
      const text = value[name];
      const field = `${path}.${name}`;
      if (text === undefined || text === "") errors.push(required(field, "must not be empty"));
      else if (typeof text !== "string") errors.push(invalid(field, text, "must be a string"));
    }
  }
  for (const name of Object.keys(value)) {
    const member = memberNode(node, name);
    if (member) {
      errors.push(...checkEmbedded(value[name], member, path === "" ? name : `${path}.${name}`));
    }
  }
  return errors;
}
