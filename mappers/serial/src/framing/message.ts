/** A line without its end, or a whole frame, as it came from a device. */
export interface Message {
  readonly bytes: Uint8Array;
  /** What patterns look at: the text of a line; a frame as `AA 55 01`. */
  readonly text: string;
}

/** Finds messages in what arrives, however it is cut. Never throws. */
export interface Splitter {
  push(bytes: Uint8Array): Message[];
}

/** Bytes as patterns and people see them: `AA 55 01`. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .toUpperCase()
    .replace(/(..)(?=.)/g, "$1 ");
}
