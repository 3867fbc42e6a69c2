import type { JsonSchemaProps } from "../schema/index.ts";
import { type FlatField, flatFields } from "./flat-fields.ts";
import { isAtomic, mergeMarks } from "./list-types.ts";

const known = new Map<string, JsonSchemaProps>();
const TEXTS: ReadonlySet<string> = new Set(["s", "y", "time", "quantity"]);

/**
 * What merging has to know of a kind: which lists have keys, which structures one owner. Structures
 * are shared between kinds; undefined for a kind whose structure contains itself.
 */
export function mergeSchemaOf(message: string): JsonSchemaProps | undefined {
  return message.startsWith("crd.") ? undefined : structure(message);
}

function structure(message: string): JsonSchemaProps {
  const made = known.get(message);
  if (made !== undefined) return made;
  const properties: Record<string, JsonSchemaProps> = {};
  for (const field of flatFields(message).values()) properties[field.name] = fieldProps(field);
  const props: JsonSchemaProps = {
    type: "object",
    properties,
    ...(isAtomic(message) ? { "x-kubernetes-map-type": "atomic" } : {}),
  };
  known.set(message, props);
  return props;
}

function fieldProps(field: FlatField): JsonSchemaProps {
  const { owner, name, repeat, type } = field;
  const marks = mergeMarks(owner, name, repeat === "[]");
  const value = type.includes(".") ? structure(type) : { type: TEXTS.has(type) ? "string" : "" };
  if (repeat === "[]") return { type: "array", items: value, ...marks };
  if (repeat === "{}") return { type: "object", additionalProperties: value };
  return { ...value, ...marks };
}
