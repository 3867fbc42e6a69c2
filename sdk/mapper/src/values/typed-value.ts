import type { PropertyDefinition } from "@mapperkit/api";
import { parseDecoded } from "../codec/index.ts";

type Form = Pick<PropertyDefinition, "type" | "scale" | "offset">;

/** The value that a twin's text stands for, as its model types it; undefined when it is none. */
export function typedValueOf(definition: PropertyDefinition, text: string): unknown {
  try {
    return typed(definition, parseDecoded(definition, text));
  } catch {
    return undefined;
  }
}

function typed(definition: PropertyDefinition, value: unknown): unknown {
  const { arrayLength, fields } = definition;
  if (fields && typeof value === "object" && value !== null) {
    // A field's offset is bytes, not what is added to its value.
    const parts = Object.entries(value).map(([name, part]) => {
      const type = fields[name]?.type;
      return [name, type ? typedOne({ type }, part) : part] as const;
    });
    return Object.fromEntries(parts);
  }
  if (arrayLength !== undefined && Array.isArray(value)) {
    return value.map((one: unknown) => typedOne(definition, one));
  }
  return typedOne(definition, value);
}

/** Integers of 64 bits are bigint, all other numbers are number. */
function typedOne({ type, scale, offset }: Form, one: unknown): unknown {
  const isWide = (type === "int64" || type === "uint64") && scale === undefined && !offset;
  return typeof one === "bigint" && !isWide ? Number(one) : one;
}
