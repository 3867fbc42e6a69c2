/** How characters go over a serial line. */
export interface LineTiming {
  readonly baudRate: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** How long so many bytes are on the wire, ms: start bit, data, parity, stop bits. */
export function wireMsOf(
  { baudRate, dataBits, parity, stopBits }: LineTiming,
  bytes: number,
): number {
  const bits = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
  return (bytes * bits * 1000) / baudRate;
}

/** As people write it: `9600 8N1`. */
export function timingText({ baudRate, dataBits, parity, stopBits }: LineTiming): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}
