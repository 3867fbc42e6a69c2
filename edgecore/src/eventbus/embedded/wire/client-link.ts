import type { Socket } from "node:net";
import type { Client, PublishPacket } from "aedes";
import { PacketGate } from "./packet-gate.ts";
import { PacketReader } from "./packet-reader.ts";

/** What aedes' clients have and do not declare (1.2.0). */
type Inside = Client & {
  /** Called when a packet has been dealt with, and whenever bytes have come. */
  _nextBatch: (error?: Error) => void;
  _parsingBatch: number;
  /** Runs while the client may be silent; not above 0 where it may be for ever. */
  readonly _keepaliveInterval: number;
  readonly _keepaliveTimer: { refresh(): void } | null;
  readonly _parser: { parse(bytes: Buffer): unknown };
  resume: () => void;
  deliverQoS: (packet: RetainedPacket, done: () => void) => void;
};

export interface RetainedPacket {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
}

export interface ClientLinkParts {
  readonly maxPacketBytes: number;
  readonly slowed: () => void;
  /** Calls `done` when the packet is dealt with; with an error the connection is to be ended. */
  readonly publish: (packet: PublishPacket, done: (error?: Error | null) => void) => void;
  /** The client has the message of this number. */
  readonly acknowledged: (messageId: number) => void;
  readonly deliverRetained: (packet: RetainedPacket, done: () => void) => void;
}

/**
 * Ties the broker's library to a connection: packets come through a gate, which lets in what is to be
 * dealt with in order; the everyday ones pass it by; and what is retained for a new subscriber goes
 * the way of other messages.
 */
export function linkClient(client: Client, socket: Socket, parts: ClientLinkParts): void {
  const inside = client as Inside;
  socket.off("readable", inside._nextBatch);
  const dealtWith = (error?: Error | null) => inside._nextBatch(error ?? undefined);
  const reader = new PacketReader({
    isReady: () => client.connected && !client.closed,
    publish: (packet) => {
      parts.publish(packet, dealtWith);
      stayAlive(inside);
    },
    acknowledged: (messageId) => {
      parts.acknowledged(messageId);
      stayAlive(inside);
      dealtWith();
    },
    others: (bytes) => {
      // What follows a mistake in the same piece is not a second one.
      if (!client.closed) inside._parser.parse(bytes);
    },
  });
  const gate = new PacketGate({
    socket,
    maxPacketBytes: parts.maxPacketBytes,
    read: (bytes, taken) => reader.read(bytes, taken),
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

function stayAlive({ _keepaliveInterval, _keepaliveTimer }: Inside): void {
  if (_keepaliveInterval > 0) _keepaliveTimer?.refresh();
}
