import { MapperkitError } from "@mapperkit/api";
import { reorder } from "./byte-order.ts";
import type { ElementCodec } from "./element-codec.ts";
import { type AddressBits, type Encoding, refusal } from "./encoding.ts";

/** A boolean that fills one address: 0 is false, anything else true; true is written as 1. */
export function createBooleanCodec(
  { bit, byteOrder = "ABCD" }: Encoding,
  addressBits: Exclude<AddressBits, 1>,
): ElementCodec {
  const size = addressBits / 8;
  if (bit !== undefined) return createBitCodec(bit, size, byteOrder);
  return {
    size,
    decode: (bytes) => ({ value: bytes.subarray(0, size).some((byte) => byte !== 0) }),
    encode(value) {
      const bytes = new Uint8Array(size);
      bytes[size - 1] = booleanFrom(value) ? 1 : 0;
      return reorder(bytes, byteOrder);
    },
  };
}

/** A boolean in a register: bit 0 is the least significant one. The other bits stay as they are. */
function createBitCodec(
  bit: number,
  size: number,
  byteOrder: NonNullable<Encoding["byteOrder"]>,
): ElementCodec {
  if (!Number.isInteger(bit) || bit < 0 || bit >= size * 8) {
    throw new MapperkitError("invalid_input", `bit is ${bit}, must be 0 to ${size * 8 - 1}`, {
      details: { field: "bit" },
    });
  }
  const at = size - 1 - (bit >> 3);
  const mask = 1 << (bit & 7);
  return {
    size,
    decode(bytes) {
      const ordered = reorder(bytes.slice(0, size), byteOrder);
      return { value: ((ordered[at] ?? 0) & mask) !== 0 };
    },
    encode(value, current) {
      const isSet = booleanFrom(value);
      if (current?.length !== size) {
        throw new MapperkitError("invalid_input", `bit ${bit} needs the register's present value`);
      }
      const ordered = reorder(current.slice(), byteOrder);
      ordered[at] = isSet ? (ordered[at] ?? 0) | mask : (ordered[at] ?? 0) & ~mask;
      return reorder(ordered, byteOrder);
    },
  };
}

export function booleanFrom(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refusal(value, "true or false (boolean)", "typeMismatch");
}
