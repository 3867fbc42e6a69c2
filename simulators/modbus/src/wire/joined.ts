/** What was left and what came, as plain bytes: slices of a Buffer would share its memory. */
export function joined(left: Uint8Array, came: Uint8Array): Uint8Array {
  const all = left.length === 0 ? came : Buffer.concat([left, came]);
  return new Uint8Array(all.buffer, all.byteOffset, all.byteLength);
}
