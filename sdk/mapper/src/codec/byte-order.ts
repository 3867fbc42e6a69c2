import type { ByteOrder } from "@mapperkit/api";

/**
 * Turns the bytes of one value between big-endian and `order`, in place; doing it twice is doing
 * nothing. BADC swaps the bytes of each 16-bit word, CDAB the words, DCBA both; one byte more
 * than whole words stays where it is.
 */
export function reorder(bytes: Uint8Array, order: ByteOrder): Uint8Array {
  switch (order) {
    case "ABCD":
      return bytes;
    case "DCBA":
      return bytes.reverse();
    case "BADC":
      return swapBytes(bytes);
    case "CDAB":
      return swapBytes(bytes.reverse());
  }
}

/** Swaps the bytes of each 16-bit word. */
export function swapBytes(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const first = bytes[i] ?? 0;
    bytes[i] = bytes[i + 1] ?? 0;
    bytes[i + 1] = first;
  }
  return bytes;
}
