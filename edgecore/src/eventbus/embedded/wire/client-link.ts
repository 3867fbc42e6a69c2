import type { Socket } from "node:net";
import type { Client } from "aedes";
import { PacketGate } from "./packet-gate.ts";

/** What aedes' clients have and do not declare (1.2.0). */
type Inside = Client & {
  /** Called when a packet has been dealt with, and whenever bytes have come. */
  _nextBatch: (error?: Error) => void;
  _parsingBatch: number;
  readonly _parser: { parse(bytes: Buffer): unknown };
  resume: () => void;
  deliverQoS: (packet: RetainedPacket, done: () => void) => void;
};

export interface RetainedPacket {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
}

/**
 * Ties the broker's library to a connection: packets come through a gate, which lets in what is to be
 * dealt with in order, and what is retained for a new subscriber goes the way of other messages.
 */
export function linkClient(
  client: Client,
  socket: Socket,
  parts: {
    readonly maxPacketBytes: number;
    readonly slowed: () => void;
    readonly deliverRetained: (packet: RetainedPacket, done: () => void) => void;
  },
): void {
  const inside = client as Inside;
  socket.off("readable", inside._nextBatch);
  const gate = new PacketGate({
    socket,
    maxPacketBytes: parts.maxPacketBytes,
    parse: (bytes) => inside._parser.parse(bytes),
    slowed: parts.slowed,
  });
  // Its own count of what it has read and not dealt with; the gate keeps that.
  inside._parsingBatch = 0;
  inside._nextBatch = (error) => {
    if (error) client.emit("error", error);
    else gate.finished();
  };
  // Would be taken for the end of a packet.
  inside.resume = () => {};
  inside.deliverQoS = parts.deliverRetained;
}
