/** CRC-16/MODBUS of some bytes (Modbus over Serial Line 1.02, appendix B), as it goes on the wire. */
export function crcOf(bytes: Uint8Array): readonly [low: number, high: number] {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return [crc & 0xff, crc >>> 8];
}

/** Whether a frame ends with the check of what stands before it. */
export function hasGoodCrc(frame: Uint8Array): boolean {
  const [low, high] = crcOf(frame.subarray(0, -2));
  return frame.at(-2) === low && frame.at(-1) === high;
}

/** A copy of a frame whose last two bytes are replaced by its check. */
export function withCrc(frame: Uint8Array): Uint8Array {
  const checked = Uint8Array.from(frame);
  checked.set(crcOf(checked.subarray(0, -2)), checked.length - 2);
  return checked;
}
