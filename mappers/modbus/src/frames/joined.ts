/** Both in one, as plain bytes: slices of a Buffer would share its memory. */
export function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = first.length === 0 ? second : Buffer.concat([first, second]);
  return new Uint8Array(all.buffer, all.byteOffset, all.byteLength);
}
