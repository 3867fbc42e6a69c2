import { MapperkitError } from "@mapperkit/api";
import type { AnswerFrame } from "./answer-frame.ts";
import { joined } from "./joined.ts";

const HEADER_BYTES = 7;
const LENGTH_AT = 4;
/** The length field counts the unit and a PDU of 1 to 253 bytes. */
const LENGTHS = { least: 2, greatest: 254 };

const NOTHING: Uint8Array = new Uint8Array();

/** A request on Modbus TCP (Messaging on TCP/IP 1.0b, 3.1.3). */
export function tcpFrame(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  // No DataView: it would need a buffer outside the heap for these few bytes.
  const frame = new Uint8Array(HEADER_BYTES + pdu.length);
  frame[0] = transaction >> 8;
  frame[1] = transaction;
  frame[LENGTH_AT] = (pdu.length + 1) >> 8;
  frame[LENGTH_AT + 1] = pdu.length + 1;
  frame[6] = unit;
  frame.set(pdu, HEADER_BYTES);
  return frame;
}

/** Finds the answers in a stream of bytes, however it is cut. */
export class TcpFrames {
  #rest = NOTHING;

  /** Whether a frame has begun and not ended. */
  get isInFrame(): boolean {
    return this.#rest.length > 0;
  }

  /** @throws MapperkitError `unreachable` for bytes that are no Modbus TCP: the stream is lost */
  push(bytes: Uint8Array): AnswerFrame[] {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    const frames: AnswerFrame[] = [];
    let at = 0;
    while (all.length - at >= LENGTH_AT + 2) {
      const end = at + LENGTH_AT + 2 + lengthAt(all, at);
      if (end > all.length) break;
      const pdu = copyOf(all, at + HEADER_BYTES, end);
      frames.push({ transaction: wordAt(all, at), unit: all[at + 6] ?? 0, pdu });
      at = end;
    }
    this.#rest = at === all.length ? NOTHING : copyOf(all, at, all.length);
    return frames;
  }
}

/** What came may be a slice of memory that is used again. */
function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from);
  for (let i = from; i < to; i += 1) copy[i - from] = bytes[i] ?? 0;
  return copy;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const protocol = wordAt(bytes, at + 2);
  const length = wordAt(bytes, at + LENGTH_AT);
  if (protocol === 0 && length >= LENGTHS.least && length <= LENGTHS.greatest) return length;
  throw new MapperkitError(
    "unreachable",
    `what came is no Modbus TCP (protocol ${protocol}, length ${length}): check host, port and transport`,
  );
}
