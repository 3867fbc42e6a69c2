/** How characters go over a serial line. */
export interface SerialLine {
  readonly baudRate: number;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** Silence between frames, in characters (Modbus over Serial Line 1.02, 2.5.1.1). */
const FRAME_GAP_CHARACTERS = 3.5;
/** Above 19,200 baud the gap is fixed. */
const FAST_BAUD = 19_200;
const FAST_GAP_MS = 1.75;

/** How long so many bytes are on the wire, ms: start bit, 8 data bits, parity, stop bits. */
export function wireMsOf(line: SerialLine, bytes: number): number {
  const bits = 1 + 8 + (line.parity === "none" ? 0 : 1) + line.stopBits;
  return (bytes * bits * 1000) / line.baudRate;
}

export function frameGapMsOf(line: SerialLine): number {
  return line.baudRate > FAST_BAUD ? FAST_GAP_MS : wireMsOf(line, FRAME_GAP_CHARACTERS);
}
