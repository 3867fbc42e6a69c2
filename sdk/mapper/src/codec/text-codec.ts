import { MapperkitError } from "@mapperkit/api";
import { swapBytes } from "./byte-order.ts";
import type { ElementCodec } from "./element-codec.ts";
import { type AddressBits, type Encoding, elementBytesOf, refusal } from "./encoding.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * UTF-8 up to the first NUL. BADC and DCBA swap the two characters of each register; the order of
 * registers is never turned.
 */
export function createStringCodec(
  encoding: Encoding,
  addressBits: Exclude<AddressBits, 1>,
): ElementCodec {
  const length = lengthOf(encoding);
  const size = elementBytesOf(encoding, addressBits);
  const isSwapped = encoding.byteOrder === "BADC" || encoding.byteOrder === "DCBA";
  const ordered = (bytes: Uint8Array) => (isSwapped ? swapBytes(bytes) : bytes);
  return {
    size,
    decode(bytes) {
      const text = ordered(bytes.slice(0, size)).subarray(0, length);
      const end = text.indexOf(0);
      try {
        return { value: utf8.decode(end < 0 ? text : text.subarray(0, end)) };
      } catch {
        return { reason: "typeMismatch" };
      }
    },
    encode(value) {
      const expectation = `text of ${length} bytes of UTF-8 or less, without NUL`;
      if (typeof value !== "string" || !value.isWellFormed() || value.includes("\0")) {
        throw refusal(value, expectation, "typeMismatch");
      }
      const text = new TextEncoder().encode(value);
      if (text.length > length) throw refusal(value, expectation, "outOfRange");
      const bytes = new Uint8Array(size);
      bytes.set(text);
      return ordered(bytes);
    },
  };
}

/** Bytes as they are on the wire, whatever the byte order. */
export function createBytesCodec(
  encoding: Encoding,
  addressBits: Exclude<AddressBits, 1>,
): ElementCodec {
  const length = lengthOf(encoding);
  const size = elementBytesOf(encoding, addressBits);
  return {
    size,
    decode: (bytes) => ({ value: bytes.slice(0, length) }),
    encode(value) {
      if (!(value instanceof Uint8Array)) throw refusal(value, "bytes", "typeMismatch");
      if (value.length !== length) throw refusal(value, `${length} bytes`, "outOfRange");
      const bytes = new Uint8Array(size);
      bytes.set(value);
      return bytes;
    },
  };
}

function lengthOf({ type, byteLength }: Encoding): number {
  if (byteLength !== undefined && byteLength > 0) return byteLength;
  throw new MapperkitError(
    "invalid_input",
    `byteLength is ${byteLength ?? "missing"}, must be the bytes of the ${type}`,
    { details: { field: "byteLength" } },
  );
}
