import type { Clock } from "@mapperkit/runtime";
import type { Spoiling } from "@mapperkit/sim-plant";

/** One request, whatever wire it came by. */
export interface Frame {
  readonly unit: number;
  /** Function code and its data. */
  readonly pdu: Uint8Array;
  /** Puts the answer's PDU into a frame that belongs to this one. */
  answer(pdu: Uint8Array): Uint8Array;
}

/** How PDUs travel: with a header on TCP, with a check on serial lines. */
export interface Framing {
  /** Whether a request to unit 0 is for all, and none may answer. */
  readonly hasBroadcast: boolean;
  /** A decoder for one connection, which tells the time by this clock. It throws when the rest of the connection cannot be read. */
  open(clock: Clock): (bytes: Uint8Array) => readonly Frame[];
  readonly spoils: readonly Spoiling[];
  spoil(answer: Uint8Array, how: Spoiling): Uint8Array;
}
