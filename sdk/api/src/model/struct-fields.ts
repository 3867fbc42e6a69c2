import { type DataType, isDataType } from "./data-type.ts";
import type { StructField } from "./model-definition.ts";

type StructFields = Readonly<Record<string, StructField>>;

/** `level:int16@0,flow:float32@2`: a struct as one flat scalar, in the order of the fields. */
export function formatStructFields(fields: StructFields): string {
  return Object.entries(fields)
    .map(([name, { type, offset }]) => `${name}:${type}@${offset}`)
    .join(",");
}

/** Undefined when the text is no struct. */
export function parseStructFields(text: string): StructFields | undefined {
  const fields = new Map<string, StructField>();
  for (const part of text.split(",")) {
    const [, name, type, offset] = /^([^:@,]+):(\w+)@(\d{1,5})$/.exec(part.trim()) ?? [];
    if (!name || !isFieldType(type) || fields.has(name)) return undefined;
    fields.set(name, { type, offset: Number(offset) });
  }
  return Object.fromEntries(fields);
}

function isFieldType(type: unknown): type is Exclude<DataType, "string" | "bytes"> {
  return isDataType(type) && type !== "string" && type !== "bytes";
}
