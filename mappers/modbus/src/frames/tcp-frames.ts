import { MapperkitError } from "@mapperkit/api";
import type { AnswerFrame } from "./answer-frame.ts";
import { joined } from "./joined.ts";

const HEADER_BYTES = 7;
const LENGTH_AT = 4;
/** The length field counts the unit and a PDU of 1 to 253 bytes. */
const LENGTHS = { least: 2, greatest: 254 };

/** A request on Modbus TCP (Messaging on TCP/IP 1.0b, 3.1.3). */
export function tcpFrame(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + pdu.length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, transaction);
  view.setUint16(LENGTH_AT, pdu.length + 1);
  frame[6] = unit;
  frame.set(pdu, HEADER_BYTES);
  return frame;
}

/** Finds the answers in a stream of bytes, however it is cut. */
export class TcpFrames {
  #rest: Uint8Array = new Uint8Array();

  /** Whether a frame has begun and not ended. */
  get isInFrame(): boolean {
    return this.#rest.length > 0;
  }

  /** @throws MapperkitError `unreachable` for bytes that are no Modbus TCP: the stream is lost */
  push(bytes: Uint8Array): AnswerFrame[] {
    const all = joined(this.#rest, bytes);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const frames: AnswerFrame[] = [];
    let at = 0;
    while (all.length - at >= LENGTH_AT + 2) {
      const length = lengthAt(view, at);
      const end = at + LENGTH_AT + 2 + length;
      if (end > all.length) break;
      const pdu = all.slice(at + HEADER_BYTES, end);
      frames.push({ transaction: view.getUint16(at), unit: all[at + 6] ?? 0, pdu });
      at = end;
    }
    this.#rest = all.slice(at);
    return frames;
  }
}

function lengthAt(view: DataView, at: number): number {
  const protocol = view.getUint16(at + 2);
  const length = view.getUint16(at + LENGTH_AT);
  if (protocol === 0 && length >= LENGTHS.least && length <= LENGTHS.greatest) return length;
  throw new MapperkitError(
    "unreachable",
    `what came is no Modbus TCP (protocol ${protocol}, length ${length}): check host, port and transport`,
  );
}
