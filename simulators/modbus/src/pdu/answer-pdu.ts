import { type DeviceQuirks, PROTOCOL_LIMITS } from "./device-quirks.ts";
import { type Exception, exceptions, isException } from "./exception.ts";
import type { BitSpace, Memory, WordSpace } from "./memory.ts";

interface Request {
  readonly pdu: Uint8Array;
  readonly memory: Memory;
  readonly quirks: DeviceQuirks;
}
type Answer = Uint8Array | Exception;

const illegalValue: Exception = { exception: exceptions.illegalDataValue };
const illegalAddress: Exception = { exception: exceptions.illegalDataAddress };

/** Functions by code (Modbus Application Protocol 1.1b3, section 6). */
const functions: Readonly<Record<number, (request: Request) => Answer>> = {
  1: (request) => readBits(request, "coil"),
  2: (request) => readBits(request, "discreteInput"),
  3: (request) => readRegisters(request, "holdingRegister"),
  4: (request) => readRegisters(request, "inputRegister"),
  5: writeCoil,
  6: writeRegister,
  15: writeCoils,
  16: writeRegisters,
  22: maskRegister,
  23: readWriteRegisters,
};

/** Does what a request asks, and says so, or why not. Total for any bytes. */
export function answerPdu(pdu: Uint8Array, memory: Memory, quirks: DeviceQuirks): Uint8Array {
  const code = pdu[0] ?? 0;
  const isKnown = quirks.functions?.includes(code) ?? true;
  const serve = isKnown ? functions[code] : undefined;
  const answer = serve ? serve({ pdu, memory, quirks }) : { exception: exceptions.illegalFunction };
  return isException(answer) ? Uint8Array.of(code | 0x80, answer.exception) : answer;
}

/** Quantity first, addresses then: the order of the specification's state diagrams. */
function spanFault(start: number, count: number, most: number): Exception | undefined {
  if (count < 1 || count > most) return illegalValue;
  return start + count > 65_536 ? illegalAddress : undefined;
}

function readBits({ pdu, memory, quirks }: Request, space: BitSpace): Answer {
  if (pdu.length !== 5) return illegalValue;
  const [start, count] = [wordAt(pdu, 1), wordAt(pdu, 3)];
  const fault = spanFault(start, count, quirks.maxReadBits ?? PROTOCOL_LIMITS.maxReadBits);
  if (fault) return fault;
  const bits = memory.read(space, start, count);
  if (isException(bits)) return bits;
  const answer = new Uint8Array(2 + Math.ceil(count / 8));
  answer[0] = pdu[0] ?? 0;
  answer[1] = answer.length - 2;
  for (const [i, bit] of bits.entries()) {
    if (bit) answer[2 + (i >> 3)] = (answer[2 + (i >> 3)] ?? 0) | (1 << (i & 7));
  }
  return answer;
}

function readRegisters({ pdu, memory, quirks }: Request, space: WordSpace): Answer {
  if (pdu.length !== 5) return illegalValue;
  const [start, count] = [wordAt(pdu, 1), wordAt(pdu, 3)];
  const most = quirks.maxReadRegisters ?? PROTOCOL_LIMITS.maxReadRegisters;
  const fault = spanFault(start, count, most);
  if (fault) return fault;
  const words = memory.read(space, start, count);
  return isException(words) ? words : withByteCount(pdu[0] ?? 0, words);
}

function withByteCount(code: number, data: Uint8Array): Uint8Array {
  const answer = new Uint8Array(2 + data.length);
  answer[0] = code;
  answer[1] = data.length;
  answer.set(data, 2);
  return answer;
}

function writeCoil({ pdu, memory }: Request): Answer {
  const value = wordAt(pdu, 3);
  if (pdu.length !== 5 || (value !== 0 && value !== 0xff00)) return illegalValue;
  const bit = Uint8Array.of(value === 0 ? 0 : 1);
  return memory.write("coil", wordAt(pdu, 1), bit) ?? pdu;
}

function writeRegister({ pdu, memory }: Request): Answer {
  if (pdu.length !== 5) return illegalValue;
  return memory.write("holdingRegister", wordAt(pdu, 1), pdu.slice(3)) ?? pdu;
}

function writeCoils({ pdu, memory, quirks }: Request): Answer {
  const [start, count, bytes] = [wordAt(pdu, 1), wordAt(pdu, 3), pdu[5] ?? 0];
  if (bytes !== Math.ceil(count / 8) || pdu.length !== 6 + bytes) return illegalValue;
  const fault = spanFault(start, count, quirks.maxWriteBits ?? PROTOCOL_LIMITS.maxWriteBits);
  if (fault) return fault;
  const bits = Uint8Array.from({ length: count }, (_, i) => bitAt(pdu, 6, i));
  return memory.write("coil", start, bits) ?? pdu.slice(0, 5);
}

function writeRegisters({ pdu, memory, quirks }: Request): Answer {
  const [start, count, bytes] = [wordAt(pdu, 1), wordAt(pdu, 3), pdu[5] ?? 0];
  if (bytes !== count * 2 || pdu.length !== 6 + bytes) return illegalValue;
  const most = quirks.maxWriteRegisters ?? PROTOCOL_LIMITS.maxWriteRegisters;
  const fault = spanFault(start, count, most);
  return fault ?? memory.write("holdingRegister", start, pdu.slice(6)) ?? pdu.slice(0, 5);
}

/** Result = (current AND and-mask) OR (or-mask AND NOT and-mask). */
function maskRegister({ pdu, memory }: Request): Answer {
  if (pdu.length !== 7) return illegalValue;
  const [address, and, or] = [wordAt(pdu, 1), wordAt(pdu, 3), wordAt(pdu, 5)];
  const current = memory.read("holdingRegister", address, 1);
  if (isException(current)) return current;
  const result = (wordAt(current, 0) & and) | (or & ~and & 0xffff);
  const bytes = Uint8Array.of(result >> 8, result & 0xff);
  return memory.write("holdingRegister", address, bytes) ?? pdu;
}

/** Writes first, reads then. */
function readWriteRegisters({ pdu, memory, quirks }: Request): Answer {
  const [readStart, readCount] = [wordAt(pdu, 1), wordAt(pdu, 3)];
  const [start, count, bytes] = [wordAt(pdu, 5), wordAt(pdu, 7), pdu[9] ?? 0];
  if (bytes !== count * 2 || pdu.length !== 10 + bytes) return illegalValue;
  const mostRead = quirks.maxReadRegisters ?? PROTOCOL_LIMITS.maxReadRegisters;
  const fault =
    spanFault(readStart, readCount, mostRead) ??
    spanFault(start, count, PROTOCOL_LIMITS.maxReadWriteRegisters);
  if (fault) return fault;
  const before = memory.read("holdingRegister", readStart, readCount);
  if (isException(before)) return before;
  const refused = memory.write("holdingRegister", start, pdu.slice(10));
  if (refused) return refused;
  const words = memory.read("holdingRegister", readStart, readCount);
  return isException(words) ? words : withByteCount(23, words);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function bitAt(bytes: Uint8Array, from: number, index: number): number {
  return ((bytes[from + (index >> 3)] ?? 0) >> (index & 7)) & 1;
}
