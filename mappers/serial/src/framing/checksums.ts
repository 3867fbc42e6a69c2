/** Parameters of a cyclic redundancy check, as the catalogues of CRCs name them. */
interface Crc {
  readonly width: 8 | 16 | 32;
  readonly polynomial: number;
  readonly initial: number;
  readonly isReflected: boolean;
  readonly finalXor: number;
}

/** A check over the bytes of a frame. */
export interface Checksum {
  /** How many bytes it takes in a frame. */
  readonly size: 1 | 2 | 4;
  /** The order in which devices usually send it. */
  readonly usualOrder: "big" | "little";
  /** Unsigned. */
  of(bytes: Uint8Array): number;
}

export const checksums = {
  /** The sum of the bytes, modulo 256. */
  sum8: sum(1, (total) => total),
  sum16: sum(2, (total) => total),
  /** The two's complement of the sum: all bytes and the check add up to 0. */
  lrc: sum(1, (total) => -total),
  /** Exclusive or of the bytes; manuals call it BCC. */
  xor8: {
    size: 1,
    usualOrder: "big",
    of: (bytes) => bytes.reduce((check, byte) => check ^ byte, 0),
  },
  crc8: crc(8, 0x07),
  "crc8-maxim": crc(8, 0x31, { isReflected: true }),
  "crc16-modbus": crc(16, 0x8005, { initial: 0xffff, isReflected: true }),
  /** Also CRC-16/CCITT-FALSE and IBM-3740. */
  "crc16-ccitt": crc(16, 0x1021, { initial: 0xffff }),
  "crc16-xmodem": crc(16, 0x1021),
  "crc16-kermit": crc(16, 0x1021, { isReflected: true }),
  crc32: crc(32, 0x04c1_1db7, {
    ...{ initial: 0xffff_ffff, isReflected: true, finalXor: 0xffff_ffff },
  }),
} as const satisfies Readonly<Record<string, Checksum>>;
export type ChecksumName = keyof typeof checksums;

export const checksumNames = Object.keys(checksums) as [ChecksumName, ...ChecksumName[]];

/** The bytes of a check in a frame. */
export function checkBytes(
  name: ChecksumName,
  covered: Uint8Array,
  order: "big" | "little" | undefined,
): Uint8Array {
  const checksum: Checksum = checksums[name];
  const bytes = Buffer.alloc(checksum.size);
  bytes.writeUIntBE(checksum.of(covered), 0, checksum.size);
  return (order ?? checksum.usualOrder) === "little" ? bytes.reverse() : bytes;
}

function sum(size: 1 | 2, of: (total: number) => number): Checksum {
  const mask = size === 1 ? 0xff : 0xffff;
  const add = (bytes: Uint8Array) => bytes.reduce((total, byte) => (total + byte) & mask, 0);
  return { size, usualOrder: "big", of: (bytes) => of(add(bytes)) & mask };
}

function crc(
  width: Crc["width"],
  polynomial: number,
  rest: Partial<Omit<Crc, "width" | "polynomial">> = {},
): Checksum {
  const parameters: Crc = {
    ...{ width, polynomial, initial: 0, isReflected: false, finalXor: 0 },
    ...rest,
  };
  return {
    size: width === 8 ? 1 : width === 16 ? 2 : 4,
    usualOrder: parameters.isReflected ? "little" : "big",
    of: (bytes) => divide(parameters, bytes),
  };
}

/** Bit by bit: frames are short and lines are slow. */
function divide(
  { width, polynomial, initial, isReflected, finalXor }: Crc,
  bytes: Uint8Array,
): number {
  const shift = 32 - width;
  // The register is kept at the top of 32 bits, so that one code does for each width.
  const divisor = polynomial << shift;
  let register = initial << shift;
  for (const byte of bytes) {
    register ^= (isReflected ? reflect(byte, 8) : byte) << 24;
    for (let bit = 0; bit < 8; bit += 1) {
      register = register < 0 ? (register << 1) ^ divisor : register << 1;
    }
  }
  const remainder = register >>> shift;
  const result = isReflected ? reflect(remainder, width) : remainder;
  return (result ^ finalXor) >>> 0;
}

function reflect(value: number, bits: number): number {
  let reflected = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    reflected = (reflected << 1) | ((value >>> bit) & 1);
  }
  return reflected >>> 0;
}
