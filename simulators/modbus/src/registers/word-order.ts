import type { ByteOrder } from "@mapperkit/api";

/** Where the big-endian byte `index` of a value of `size` bytes travels. */
export function placeOfByte(index: number, size: number, order: ByteOrder): number {
  // A lone byte at the end of what is no whole number of registers stays where it is.
  const isInPair = (index | 1) < size;
  switch (order) {
    case "ABCD":
      return index;
    case "DCBA":
      return size - 1 - index;
    case "BADC":
      return isInPair ? index ^ 1 : index;
    case "CDAB": {
      const back = size - 1 - index;
      return (back | 1) < size ? back ^ 1 : back;
    }
  }
}

/** The bytes of one value as they travel; doing it twice is doing nothing. */
export function inOrder(bytes: Uint8Array, order: ByteOrder = "ABCD"): Uint8Array {
  if (order === "ABCD") return bytes;
  const moved = new Uint8Array(bytes.length);
  for (const [i, byte] of bytes.entries()) moved[placeOfByte(i, bytes.length, order)] = byte;
  return moved;
}
