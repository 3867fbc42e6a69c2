import {
  addressCountOf,
  byteLengthOf,
  MapperkitError,
  type PropertyDefinition,
} from "@mapperkit/api";

/** What a codec must know of a property: its form on the wire. Any PropertyDefinition is one. */
export type Encoding = Pick<
  PropertyDefinition,
  | "type"
  | "byteOrder"
  | "arrayLength"
  | "byteLength"
  | "bit"
  | "scale"
  | "offset"
  | "precision"
  | "invalid"
  | "fields"
>;

/** Bits behind one address: 1 in coils and discrete inputs, 16 in registers, 8 in bytes. */
export type AddressBits = 1 | 8 | 16;

/** How many bytes a property's addresses take in a block; bits are packed eight to a byte. */
export function blockBytesOf(encoding: Encoding, addressBits: AddressBits): number {
  return Math.ceil((addressCountOf(encoding, addressBits) * addressBits) / 8);
}

/** Bytes of one element, padded to whole addresses. */
export function elementBytesOf(encoding: Encoding, addressBits: 8 | 16): number {
  const word = addressBits / 8;
  return Math.ceil(byteLengthOf(encoding) / word) * word;
}

/** A write that is refused before a byte leaves: names the value and what would do. */
export function refusal(
  value: unknown,
  expectation: string,
  reason: "typeMismatch" | "outOfRange",
): MapperkitError {
  return new MapperkitError(
    "invalid_input",
    `value is ${shownValue(value)}, must be ${expectation}`,
    { details: { reason, value: shownValue(value) } },
  );
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
