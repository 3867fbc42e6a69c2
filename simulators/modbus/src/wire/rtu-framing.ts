import { hasGoodCrc, withCrc } from "./crc.ts";
import type { Frame, Framing } from "./framing.ts";
import { joined } from "./joined.ts";

/** Longest frame (Modbus over Serial Line 1.02, 2.5.1). */
const MAX_FRAME = 256;
const MIN_FRAME = 4;
/** Half a frame that is not gone on with for so long is noise. Networks are slower than wires. */
const STALE_MS = 100;
const NOTHING = new Uint8Array();

/** RTU frames on a serial line, or through a TCP socket to one. */
export const rtuFraming: Framing = {
  hasBroadcast: true,
  spoils: ["badCrc", "wrongUnit"],
  open(clock) {
    let rest: Uint8Array = new Uint8Array();
    let heardAt = clock.monotonic();
    return (bytes) => {
      const now = clock.monotonic();
      const isStale = now - heardAt > STALE_MS;
      heardAt = now;
      const all = joined(isStale ? NOTHING : rest, bytes);
      const { frames, used } = cut(all);
      rest = all.slice(used);
      return frames;
    };
  },
  spoil(answer, how) {
    const spoilt = Uint8Array.from(answer);
    if (how === "wrongUnit") {
      spoilt[0] = ((spoilt[0] ?? 0) + 1) & 0xff;
      return withCrc(spoilt);
    }
    spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 0xff;
    return spoilt;
  },
};

/** Finds the frames among bytes; what is none is skipped, byte by byte. */
function cut(bytes: Uint8Array): { frames: Frame[]; used: number } {
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    const size = sizeOf(rest);
    if (size === undefined) break;
    if (size >= MIN_FRAME && size <= rest.length && hasGoodCrc(rest.subarray(0, size))) {
      frames.push(frameOf(rest.slice(0, size)));
      at += size;
    } else {
      at += 1;
    }
  }
  return { frames, used: at };
}

/** Bytes of the request that begins here; 0 when none does, undefined while more must come. */
function sizeOf(bytes: Uint8Array): number | undefined {
  const code = bytes[1];
  if (code === undefined) return undefined;
  const size = expectedSize(code, bytes);
  if (size === undefined || size > MAX_FRAME) return size === undefined ? undefined : 0;
  return size <= bytes.length ? size : undefined;
}

function expectedSize(code: number, bytes: Uint8Array): number | undefined {
  if (code >= 1 && code <= 6) return 8;
  if (code === 22) return 10;
  const countAt = code === 15 || code === 16 ? 6 : code === 23 ? 10 : undefined;
  // Only silence ends a request that nobody knows; it came whole, or not at all.
  if (countAt === undefined) return bytes.length;
  const count = bytes[countAt];
  return count === undefined ? undefined : countAt + 1 + count + 2;
}

function frameOf(frame: Uint8Array): Frame {
  const unit = frame[0] ?? 0;
  return {
    unit,
    pdu: frame.subarray(1, -2),
    answer(pdu) {
      const answer = new Uint8Array(pdu.length + 3);
      answer[0] = unit;
      answer.set(pdu, 1);
      return withCrc(answer);
    },
  };
}
