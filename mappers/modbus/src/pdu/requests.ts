import { readFunctions, type Space } from "./spaces.ts";

export const functions = {
  writeCoil: 5,
  writeRegister: 6,
  writeCoils: 15,
  writeRegisters: 16,
  maskRegister: 22,
  readWriteRegisters: 23,
} as const;

const COIL_ON = 0xff00;

/** Reads `length` coils, inputs or registers. */
export function readRequest(space: Space, start: number, length: number): Uint8Array {
  return pduOf(readFunctions[space], [start, length]);
}

/** @param packed the bits, the first in the least significant bit */
export function writeCoilsRequest(start: number, length: number, packed: Uint8Array): Uint8Array {
  return pduOf(functions.writeCoils, [start, length], packed);
}

export function writeCoilRequest(address: number, isOn: boolean): Uint8Array {
  return pduOf(functions.writeCoil, [address, isOn ? COIL_ON : 0]);
}

/** @param data the two bytes of the register */
export function writeRegisterRequest(address: number, data: Uint8Array): Uint8Array {
  return pduOf(functions.writeRegister, [address, ((data[0] ?? 0) << 8) | (data[1] ?? 0)]);
}

export function writeRegistersRequest(start: number, data: Uint8Array): Uint8Array {
  return pduOf(functions.writeRegisters, [start, data.length / 2], data);
}

/** The register becomes (register AND and) OR (or AND NOT and). */
export function maskRequest(address: number, and: number, or: number): Uint8Array {
  return pduOf(functions.maskRegister, [address, and, or]);
}

/** Writes registers and reads the same ones in one transaction. */
export function readWriteRequest(start: number, data: Uint8Array): Uint8Array {
  const count = data.length / 2;
  return pduOf(functions.readWriteRegisters, [start, count, start, count], data);
}

/** Function, words, and where there are data their byte count. */
function pduOf(code: number, words: readonly number[], data?: Uint8Array): Uint8Array {
  const head = 1 + words.length * 2;
  // No DataView: it would need a buffer outside the heap for these few bytes.
  const pdu = new Uint8Array(head + (data ? 1 + data.length : 0));
  pdu[0] = code;
  let at = 1;
  for (const word of words) {
    pdu[at] = word >> 8;
    pdu[at + 1] = word;
    at += 2;
  }
  if (data) {
    pdu[head] = data.length;
    pdu.set(data, head + 1);
  }
  return pdu;
}
