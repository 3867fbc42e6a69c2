import { isNumericType, numericForms } from "./data-type.ts";
import type { PropertyDefinition } from "./model-definition.ts";

type Extent = Pick<PropertyDefinition, "type" | "arrayLength" | "byteLength" | "fields">;

/**
 * How many addresses a property covers: bits where an address holds one (coils, discrete inputs),
 * else addresses of 8 or 16 bits. A value narrower than a register fills one of its own.
 */
export function addressCountOf(property: Extent, addressBits: 1 | 8 | 16): number {
  const elements = property.arrayLength ?? 1;
  if (addressBits === 1) return elements;
  return elements * Math.ceil((byteLengthOf(property) * 8) / addressBits);
}

/** Bytes of one element of a property, as wide as its type says. */
export function byteLengthOf({ type, byteLength, fields }: Extent): number {
  if (fields) return byteLength ?? structLengthOf(fields);
  if (isNumericType(type)) return numericForms[type].bytes;
  return type === "boolean" ? 1 : (byteLength ?? 0);
}

function structLengthOf(fields: NonNullable<Extent["fields"]>): number {
  const ends = Object.values(fields).map(({ offset, type }) => offset + byteLengthOf({ type }));
  return Math.max(0, ...ends);
}
