import { MapperkitError } from "@mapperkit/api";
import type { AddressBits } from "./encoding.ts";
import { packBits, unpackBits } from "./packed-bits.ts";

interface AddressRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of `part` out of a block that was read from `block.start`, as if it had been read
 * alone; bits come packed again from the first bit.
 * @throws MapperkitError `invalid_input`, reason protocolError, when the block is too short
 */
export function sliceBlock(
  bytes: Uint8Array,
  block: AddressRange,
  part: AddressRange,
  addressBits: AddressBits,
): Uint8Array {
  const from = part.start - block.start;
  const isInside = from >= 0 && part.start + part.length <= block.start + block.length;
  if (!isInside || bytes.length * 8 < (from + part.length) * addressBits) {
    throw new MapperkitError(
      "invalid_input",
      `block from ${block.start} has ${bytes.length} bytes, must hold ${part.length} addresses from ${part.start}`,
      { details: { reason: "protocolError" } },
    );
  }
  if (addressBits === 1) return packBits(unpackBits(bytes, from, part.length));
  const width = addressBits / 8;
  return bytes.slice(from * width, (from + part.length) * width);
}
