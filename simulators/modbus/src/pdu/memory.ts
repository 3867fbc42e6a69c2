import type { Exception } from "./exception.ts";

export type BitSpace = "coil" | "discreteInput";
export type WordSpace = "inputRegister" | "holdingRegister";

/** The four spaces of a device. Bits are a byte each, registers two bytes, big-endian. */
export interface Memory {
  read(space: BitSpace | WordSpace, start: number, count: number): Uint8Array | Exception;
  /** Undefined when everything was taken. */
  write(space: "coil" | "holdingRegister", start: number, data: Uint8Array): Exception | undefined;
}
