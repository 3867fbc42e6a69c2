/** A check at the end of a frame, byte by byte with tables as device firmware does it. */
interface FrameCheck {
  readonly size: number;
  readonly isLittle: boolean;
  of(bytes: Uint8Array): number;
}

const total = (bytes: Uint8Array) => Buffer.from(bytes).reduce((sum, byte) => sum + byte, 0);

const CHECKS = {
  sum8: plain(1, (bytes) => total(bytes) % 256),
  sum16: plain(2, (bytes) => total(bytes) % 65_536),
  lrc: plain(1, (bytes) => (256 - (total(bytes) % 256)) % 256),
  xor8: plain(1, (bytes) => {
    let check = 0;
    for (const byte of bytes) check ^= byte;
    return check;
  }),
  crc8: forward(8, 0x07, 0),
  "crc8-maxim": backward(8, 0x8c, 0, 0),
  "crc16-modbus": backward(16, 0xa001, 0xffff, 0),
  "crc16-ccitt": forward(16, 0x1021, 0xffff),
  "crc16-xmodem": forward(16, 0x1021, 0),
  "crc16-kermit": backward(16, 0x8408, 0, 0),
  crc32: backward(32, 0xedb8_8320, 0xffff_ffff, 0xffff_ffff),
} as const satisfies Readonly<Record<string, FrameCheck>>;
export type CheckName = keyof typeof CHECKS;
export const checkNames = Object.keys(CHECKS) as [CheckName, ...CheckName[]];

/** The bytes of a check, as they are sent. */
export function checkOf(
  name: CheckName,
  bytes: Uint8Array,
  order: "big" | "little" | undefined,
): Buffer {
  const check: FrameCheck = CHECKS[name];
  const isLittle = order === undefined ? check.isLittle : order === "little";
  const sent = Buffer.alloc(check.size);
  if (isLittle) sent.writeUIntLE(check.of(bytes), 0, check.size);
  else sent.writeUIntBE(check.of(bytes), 0, check.size);
  return sent;
}

function plain(size: number, of: (bytes: Uint8Array) => number): FrameCheck {
  return { size, isLittle: false, of };
}

/** Most significant bit first. */
function forward(bits: 8 | 16, polynomial: number, start: number): FrameCheck {
  const mask = bits === 8 ? 0xff : 0xffff;
  const table = Array.from({ length: 256 }, (_, index) => {
    let row = index << (bits - 8);
    for (let bit = 0; bit < 8; bit += 1) {
      row = row & (1 << (bits - 1)) ? (row << 1) ^ polynomial : row << 1;
    }
    return row & mask;
  });
  const of = (bytes: Uint8Array) => {
    let check = start;
    for (const byte of bytes) {
      check = ((check << 8) ^ (table[((check >> (bits - 8)) ^ byte) & 0xff] ?? 0)) & mask;
    }
    return check;
  };
  return { size: bits / 8, isLittle: false, of };
}

/** Least significant bit first; the polynomial is given reversed. */
function backward(
  bits: 8 | 16 | 32,
  polynomial: number,
  start: number,
  finish: number,
): FrameCheck {
  const table = Array.from({ length: 256 }, (_, index) => {
    let row = index;
    for (let bit = 0; bit < 8; bit += 1) row = row & 1 ? (row >>> 1) ^ polynomial : row >>> 1;
    return row >>> 0;
  });
  const of = (bytes: Uint8Array) => {
    let check = start;
    for (const byte of bytes) check = (check >>> 8) ^ (table[(check ^ byte) & 0xff] ?? 0);
    return (check ^ finish) >>> 0;
  };
  return { size: bits / 8, isLittle: true, of };
}
