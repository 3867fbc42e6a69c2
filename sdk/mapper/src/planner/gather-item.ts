import { MapperkitError } from "@mapperkit/api";
import { sliceBlock } from "../codec/block-slice.ts";
import type { AddressBits } from "../codec/encoding.ts";
import { packBits, unpackBits } from "../codec/packed-bits.ts";

export interface ReadBlock {
  readonly start: number;
  readonly length: number;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of one item out of the blocks that were read for it, as if it had been read alone:
 * one block, or several for an item that was split.
 * @throws MapperkitError `invalid_input`, reason protocolError, when they do not hold it whole
 */
export function gatherItem(
  item: { readonly start: number; readonly length: number },
  blocks: readonly ReadBlock[],
  addressBits: AddressBits,
): Uint8Array {
  const end = item.start + item.length;
  const parts: Uint8Array[] = [];
  for (let at = item.start; at < end; ) {
    const block = blocks.find(({ start, length }) => start <= at && at < start + length);
    if (!block) {
      throw new MapperkitError("invalid_input", `address ${at} is in no block that was read`, {
        details: { reason: "protocolError" },
      });
    }
    const length = Math.min(end, block.start + block.length) - at;
    const part = sliceBlock(block.bytes, block, { start: at, length }, addressBits);
    if (length === item.length) return part;
    parts.push(addressBits === 1 ? Uint8Array.from(unpackBits(part, 0, length), Number) : part);
    at += length;
  }
  const joined = Uint8Array.from(parts.flatMap((part) => [...part]));
  return addressBits === 1 ? packBits([...joined].map(Boolean)) : joined;
}
