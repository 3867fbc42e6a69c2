import { goJson } from "../go-text.ts";
import { isObject, type JsonObject } from "../json-schema-props.ts";
import type { SchemaNode } from "../schema-node.ts";

/** The text that identifies an item of a map list: its keys, defaults filled in. */
export function itemKey(node: SchemaNode, item: unknown): JsonObject | undefined {
  if (!isObject(item)) return undefined;
  const key: JsonObject = {};
  for (const name of node.props["x-kubernetes-list-map-keys"] ?? []) {
    const value = Object.hasOwn(item, name)
      ? item[name]
      : node.items?.properties.get(name)?.props.default;
    if (value !== undefined) key[name] = value;
  }
  return key;
}

/**
 * How the items of a list meet those of the list they replace. Only map lists can be correlated;
 * undefined for all others.
 */
export function correlateItems(
  node: SchemaNode,
  value: readonly unknown[],
  old: unknown,
): ((index: number) => unknown) | undefined {
  if (node.props["x-kubernetes-list-type"] !== "map" || !Array.isArray(old)) return undefined;
  const oldByKey = new Map<string, unknown>();
  for (const item of old) oldByKey.set(goJson(itemKey(node, item)), item);
  return (index) => oldByKey.get(goJson(itemKey(node, value[index])));
}
