/** What a device bears less, or needs more, than the protocol says. */
export interface DeviceQuirks {
  /** Most registers in one read, 1 to 125. */
  readonly maxReadRegisters?: number;
  /** Most coils or discrete inputs in one read, 1 to 2000. */
  readonly maxReadBits?: number;
  /** Most addresses that nobody wants and that are read between two that somebody does. */
  readonly maxGap?: number;
  /** The device answers nothing but one whole value at a time. */
  readonly oneRequestPerItem?: boolean;
  /** Silence that it needs after each request, ms. */
  readonly pauseBetweenMs?: number;
  /** `multiple`: functions 15 and 16 also for one address; `readWrite`: function 23. */
  readonly writeWith?: "auto" | "multiple" | "readWrite";
  /** Bits of registers are written with function 22 instead of read and written back. */
  readonly maskWrite?: boolean;
}

/** Known devices, by the name that `quirks` of a device's configData takes. */
export const quirkProfiles: Readonly<Record<string, DeviceQuirks>> = {
  /** Eastron SDM120, SDM220, SDM630: 40 parameters, which are 80 registers (Modbus Protocol, 1.2). */
  "eastron-sdm": { maxReadRegisters: 80 },
  /** Devices without functions 5 and 6, e.g. WAGO fieldbus nodes configured for class 0. */
  "multiple-writes-only": { writeWith: "multiple" },
  /** Devices that refuse a read across the border of a value. */
  "one-value-per-request": { oneRequestPerItem: true, maxGap: 0 },
  /** Converters that lose a request which follows on an answer too soon. */
  "slow-gateway": { pauseBetweenMs: 20 },
};
