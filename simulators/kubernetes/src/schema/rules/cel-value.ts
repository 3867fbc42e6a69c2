import { isObject } from "../json-schema-props.ts";
import { memberNode, type SchemaNode } from "../schema-node.ts";
import type { CostMeter } from "./cost-meter.ts";

const RESERVED: ReadonlySet<string> = new Set([
  "true",
  "false",
  "null",
  "in",
  "as",
  "break",
  "const",
  "continue",
  "else",
  "for",
  "function",
  "if",
  "import",
  "let",
  "loop",
  "package",
  "namespace",
  "return",
  "var",
  "void",
  "while",
]);

/** A declared property's name as rules spell it: `namespace` is `__namespace__`, `a-b` is `a__dash__b`. */
export function escapeName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}

/**
 * JSON as CEL sees it through the schema: integers are int (bigint), numbers double, map keys as
 * they are, declared properties escaped.
 */
export function celValue(value: unknown, node: SchemaNode | undefined, meter?: CostMeter): unknown {
  if (typeof value === "number") {
    const isDouble = node?.types.includes("number") === true;
    return !isDouble && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (Array.isArray(value)) {
    const list = value.map((item) => celValue(item, node?.items, meter));
    return meter?.counted(list) ?? list;
  }
  if (!isObject(value)) return value;
  const members = Object.keys(value).map((name) => {
    const isDeclared = node?.properties.has(name) === true;
    return [
      isDeclared ? escapeName(name) : name,
      celValue(value[name], memberNode(node, name), meter),
    ];
  });
  return Object.fromEntries(members);
}
