/**
 * Bits as coils travel: eight to a byte, the first in the least significant bit (Modbus Application
 * Protocol 1.1b3 §6.1). `from` is the index of the first bit wanted.
 */
export function unpackBits(packed: Uint8Array, from: number, count: number): boolean[] {
  return Array.from({ length: count }, (_, i) => bitAt(packed, from + i));
}

export function bitAt(packed: Uint8Array, index: number): boolean {
  return (((packed[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/** The unused bits of the last byte are 0. */
export function packBits(bits: readonly boolean[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) {
    if (bit) packed[index >> 3] = (packed[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return packed;
}
