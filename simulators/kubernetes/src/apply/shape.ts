import { goJson, isObject, type JsonSchemaProps } from "../schema/index.ts";

const STRINGS: JsonSchemaProps = { type: "object", additionalProperties: { type: "string" } };

/** How every object's metadata merges. */
const METADATA: JsonSchemaProps = {
  type: "object",
  properties: {
    labels: STRINGS,
    annotations: STRINGS,
    finalizers: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    ownerReferences: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      items: { type: "object", "x-kubernetes-map-type": "atomic" },
    },
  },
};

/** The schema that merging goes by: the kind's, with the metadata that all kinds share. */
export function mergeSchema(schema: JsonSchemaProps | undefined): JsonSchemaProps {
  return { ...schema, properties: { ...schema?.properties, metadata: METADATA } };
}

/** Whether a field of that name is declared, rather than an entry of a map. */
export function isDeclared(schema: JsonSchemaProps | undefined, name: string): boolean {
  return schema?.properties !== undefined && Object.hasOwn(schema.properties, name);
}

/** The schema of a member; undefined where nothing is known. */
export function memberSchema(
  schema: JsonSchemaProps | undefined,
  name: string,
): JsonSchemaProps | undefined {
  if (isDeclared(schema, name)) return schema?.properties?.[name];
  const { additionalProperties } = schema ?? {};
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** An object whose members have owners of their own. */
export function isGranularMap(
  value: unknown,
  schema: JsonSchemaProps | undefined,
): value is Record<string, unknown> {
  return isObject(value) && schema?.["x-kubernetes-map-type"] !== "atomic";
}

/** A list whose items have owners of their own. */
export function isAssociative(
  value: unknown,
  schema: JsonSchemaProps | undefined,
): value is unknown[] {
  const listType = schema?.["x-kubernetes-list-type"];
  return Array.isArray(value) && (listType === "set" || listType === "map");
}

/** The items of an associative list by path element; of equal ones the first counts. */
export function itemsByElement(
  list: readonly unknown[],
  schema: JsonSchemaProps | undefined,
): Map<string, unknown> {
  const items = new Map<string, unknown>();
  for (const [index, item] of list.entries()) {
    const element = itemElement(item, schema) ?? `i:${index}`;
    if (!items.has(element)) items.set(element, item);
  }
  return items;
}

function itemElement(item: unknown, schema: JsonSchemaProps | undefined): string | undefined {
  if (schema?.["x-kubernetes-list-type"] === "set") return `v:${goJson(item)}`;
  if (!isObject(item)) return undefined;
  const key: Record<string, unknown> = {};
  for (const name of schema?.["x-kubernetes-list-map-keys"] ?? []) {
    const value = Object.hasOwn(item, name)
      ? item[name]
      : memberSchema(schema?.items, name)?.default;
    if (value !== undefined) key[name] = value;
  }
  return Object.keys(key).length > 0 ? `k:${goJson(key)}` : undefined;
}
