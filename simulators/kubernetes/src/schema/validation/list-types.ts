import { duplicate, type FieldError } from "../field-error.ts";
import { goJson } from "../go-text.ts";
import { isObject } from "../json-schema-props.ts";
import { memberNode, type SchemaNode } from "../schema-node.ts";
import { itemKey } from "./correlate.ts";

/** The repeated items of lists declared `set` or `map`, at any depth. */
export function findDuplicates(
  value: unknown,
  node: SchemaNode | undefined,
  path: string,
): FieldError[] {
  if (!node?.hasListTypes) return [];
  if (Array.isArray(value)) {
    const below = value.flatMap((v, i) => findDuplicates(v, node.items, `${path}[${i}]`));
    return [...duplicatesIn(value, node, path), ...below];
  }
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((name) =>
    findDuplicates(value[name], memberNode(node, name), path === "" ? name : `${path}.${name}`),
  );
}

function duplicatesIn(list: readonly unknown[], node: SchemaNode, path: string): FieldError[] {
  const listType = node.props["x-kubernetes-list-type"];
  if (listType !== "set" && listType !== "map") return [];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    const identity = listType === "map" ? itemKey(node, item) : item;
    if (identity === undefined) continue;
    const text = goJson(identity);
    if (seen.has(text)) errors.push(duplicate(`${path}[${i}]`, identity));
    seen.add(text);
  }
  return errors;
}
