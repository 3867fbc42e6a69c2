import type { AnswerFrame } from "./answer-frame.ts";
import { crc16 } from "./crc16.ts";
import { joined } from "./joined.ts";

const CRC_BYTES = 2;
const EXCEPTION_BYTES = 5;
/** Longest frame (Modbus over Serial Line 1.02, 2.5.1). */
const MAX_BYTES = 256;

/** A request on a serial line, or through a TCP socket to one. */
export function rtuFrame(unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + pdu.length + CRC_BYTES);
  frame[0] = unit;
  frame.set(pdu, 1);
  const end = frame.length - CRC_BYTES;
  new DataView(frame.buffer).setUint16(end, crc16(frame, 0, end), true);
  return frame;
}

/** Finds the answers in a stream of bytes; what belongs to none is skipped. */
export class RtuFrames {
  #rest: Uint8Array = new Uint8Array();

  push(bytes: Uint8Array): AnswerFrame[] {
    const all = joined(this.#rest, bytes);
    const frames: AnswerFrame[] = [];
    let at = 0;
    while (at < all.length) {
      const length = lengthAt(all, at);
      if (length === undefined || at + length > all.length) {
        // Noise may look like the beginning of a long frame, and hide a good one behind it.
        const hidden = findFrame(all, at + 1);
        if (hidden === undefined) break;
        at = hidden;
      } else if (length > 0 && isChecked(all, at, at + length)) {
        const pdu = all.slice(at + 1, at + length - CRC_BYTES);
        frames.push({ transaction: undefined, unit: all[at] ?? 0, pdu });
        at += length;
      } else {
        at += 1;
      }
    }
    this.#rest = all.slice(at).subarray(-MAX_BYTES);
    return frames;
  }

  /** Forgets a frame that was begun. */
  reset(): void {
    this.#rest = new Uint8Array();
  }
}

/** Where the next whole frame begins, if one is there already. */
function findFrame(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length; at += 1) {
    const length = lengthAt(bytes, at);
    if (!length || at + length > bytes.length) continue;
    if (isChecked(bytes, at, at + length)) return at;
  }
  return undefined;
}

function isChecked(bytes: Uint8Array, from: number, to: number): boolean {
  const crc = (bytes[to - 2] ?? 0) | ((bytes[to - 1] ?? 0) << 8);
  return crc16(bytes, from, to - CRC_BYTES) === crc;
}

/** Bytes of the answer that begins here: 0 when none does, undefined while too little has come. */
function lengthAt(bytes: Uint8Array, at: number): number | undefined {
  const code = bytes[at + 1];
  if (code === undefined) return undefined;
  if (code > 0x80) return EXCEPTION_BYTES;
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 23: {
      const count = bytes[at + 2];
      return count === undefined ? undefined : 3 + count + CRC_BYTES;
    }
    case 5:
    case 6:
    case 15:
    case 16:
      return 8;
    case 22:
      return 10;
    default:
      return 0;
  }
}
