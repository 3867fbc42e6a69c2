import { isObject, type JsonObject } from "./json-schema-props.ts";
import { memberNode, type SchemaNode } from "./schema-node.ts";

/**
 * Drops nulls the schema forbids, and fills in defaults. A null of a field that is not nullable
 * counts as absent. @see apiextensions-apiserver/pkg/apiserver/schema/defaulting
 */
export function fillDefaults(value: unknown, node: SchemaNode | undefined): void {
  if (!node) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (item === null && isReplaceable(node.items)) value[i] = defaultOf(node.items);
      fillDefaults(value[i], node.items);
    }
    return;
  }
  if (!isObject(value)) return;
  dropNulls(value, node);
  for (const [name, property] of node.properties) {
    if (property.props.default !== undefined && !Object.hasOwn(value, name)) {
      value[name] = defaultOf(property);
    }
  }
  for (const name of Object.keys(value)) fillDefaults(value[name], memberNode(node, name));
}

function dropNulls(value: JsonObject, node: SchemaNode): void {
  for (const name of Object.keys(value)) {
    if (value[name] !== null) continue;
    const member = memberNode(node, name);
    if (!member || member.props.nullable) continue;
    if (isReplaceable(member)) value[name] = defaultOf(member);
    else delete value[name];
  }
}

function isReplaceable(node: SchemaNode | undefined): node is SchemaNode {
  return node !== undefined && !node.props.nullable && node.props.default !== undefined;
}

function defaultOf(node: SchemaNode): unknown {
  return structuredClone(node.props.default);
}
