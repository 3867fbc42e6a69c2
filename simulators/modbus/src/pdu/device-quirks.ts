/** First and last address, both included. */
export type AddressSpan = readonly [first: number, last: number];

/** What a device can bear, where that is less than the protocol allows. */
export interface DeviceQuirks {
  /** Most coils or discrete inputs in one read. Default 2000. */
  readonly maxReadBits?: number;
  /** Most registers in one read. Default 125. */
  readonly maxReadRegisters?: number;
  /** Most coils in one write. Default 1968. */
  readonly maxWriteBits?: number;
  /** Most registers in one write. Default 123. */
  readonly maxWriteRegisters?: number;
  /** Function codes that it knows. Default: 1 to 6, 15, 16, 22, 23. */
  readonly functions?: readonly number[];
  /** What lies between its properties: an illegal address (the default), or zeros. */
  readonly gaps?: "refuse" | "zero";
  /** Addresses that it refuses to show, though the request asks for others too. */
  readonly neverRead?: readonly AddressSpan[];
  /** It refuses a read that begins or ends inside a value. */
  readonly wholeValuesOnly?: boolean;
}

export const PROTOCOL_LIMITS = {
  maxReadBits: 2000,
  maxReadRegisters: 125,
  maxWriteBits: 1968,
  maxWriteRegisters: 123,
  /** The writing half of function 23. */
  maxReadWriteRegisters: 121,
} as const;
