import { MapperkitError } from "@mapperkit/api";
import type { Frame, Framing } from "./framing.ts";
import { joined } from "./joined.ts";

const HEADER = 7;
const NOTHING: Uint8Array = new Uint8Array();
/** Unit and PDU, as the length field counts them. */
const MIN_LENGTH = 2;
const MAX_LENGTH = 254;

/** Modbus TCP (Messaging on TCP/IP 1.0b): transaction, protocol 0, length, unit, PDU. */
export const tcpFraming: Framing = {
  hasBroadcast: false,
  spoils: ["badCrc", "wrongUnit", "wrongTransaction"],
  open() {
    let rest = NOTHING;
    return (bytes) => {
      const all = rest.length === 0 ? bytes : joined(rest, bytes);
      const frames: Frame[] = [];
      let from = 0;
      for (let size = sizeAt(all, from); from + size <= all.length; size = sizeAt(all, from)) {
        frames.push(frameOf(all.subarray(from, from + size)));
        from += size;
      }
      // What came may be a slice of memory that is used again.
      rest = from === all.length ? NOTHING : Uint8Array.from(all.subarray(from));
      return frames;
    };
  },
  spoil(answer, how) {
    const spoilt = Uint8Array.from(answer);
    // Without a check there is the header to be wrong: a protocol that does not exist.
    if (how === "badCrc") spoilt[3] = 0x55;
    else if (how === "wrongTransaction") spoilt[0] = (spoilt[0] ?? 0) ^ 0x80;
    else spoilt[6] = ((spoilt[6] ?? 0) + 1) & 0xff;
    return spoilt;
  },
};

/** Infinite while that is unknown. @throws MapperkitError `invalid_input` for what is no frame */
function sizeAt(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < 6) return Number.POSITIVE_INFINITY;
  const protocol = wordAt(bytes, at + 2);
  const length = wordAt(bytes, at + 4);
  if (protocol === 0 && length >= MIN_LENGTH && length <= MAX_LENGTH) return 6 + length;
  throw new MapperkitError(
    "invalid_input",
    `protocol is ${protocol}, length is ${length}: no Modbus TCP`,
  );
}

function frameOf(frame: Uint8Array): Frame {
  const unit = frame[6] ?? 0;
  return {
    unit,
    pdu: frame.subarray(HEADER),
    answer(pdu) {
      const answer = new Uint8Array(HEADER + pdu.length);
      // Transaction and protocol, as they came.
      for (let i = 0; i < 4; i += 1) answer[i] = frame[i] ?? 0;
      answer[5] = pdu.length + 1;
      answer[6] = unit;
      answer.set(pdu, HEADER);
      return answer;
    },
  };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
