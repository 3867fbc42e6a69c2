import type { PublishPacket } from "aedes";
import { PUBACK } from "./numbered-packet.ts";
import type { Taken } from "./packet-frames.ts";

const PUBLISH_TYPE = 3;
/** What the library allows (aedes' maxTopicLevels) */
const MAX_LEVELS = 100;
const SLASH = "/";

export interface PacketReaderParts {
  /** Whether the client has been greeted: before that every packet is the library's. */
  readonly isReady: () => boolean;
  readonly publish: (packet: PublishPacket) => void;
  /** A PUBACK */
  readonly acknowledged: (messageId: number) => void;
  /** All else: whole packets and parts of them, in the order in which they come. */
  readonly others: (bytes: Buffer) => void;
}

/**
 * Reads PUBLISH and PUBACK, which most of the traffic is, where they are whole and in order: that
 * costs a fifth of what it costs the library, which gets the rest and says what is wrong with it.
 */
export class PacketReader {
  readonly #parts: PacketReaderParts;

  constructor(parts: PacketReaderParts) {
    this.#parts = parts;
  }

  /** Reads what has been taken of the stream, which is to come without gaps. */
  read(bytes: Buffer, { firstBorder, lastBorder }: Taken): void {
    const { others, isReady } = this.#parts;
    if (firstBorder > 0) others(bytes.subarray(0, firstBorder));
    for (let at = firstBorder; at < lastBorder; ) {
      const bodyAt = endOfLength(bytes, at + 1);
      const end = bodyAt + lengthOf(bytes, at + 1, bodyAt);
      const isRead = isReady() && this.#take(bytes, at, bodyAt, end);
      if (!isRead) others(bytes.subarray(at, end));
      at = end;
    }
    if (lastBorder < bytes.length) others(bytes.subarray(lastBorder));
  }

  #take(bytes: Buffer, at: number, bodyAt: number, end: number): boolean {
    const header = bytes[at] ?? 0;
    if (header >> 4 === PUBLISH_TYPE) {
      const packet = publishOf(bytes, header, bodyAt, end);
      if (packet) this.#parts.publish(packet);
      return packet !== undefined;
    }
    if (header !== PUBACK || end - bodyAt !== 2) return false;
    this.#parts.acknowledged(bytes.readUInt16BE(bodyAt));
    return true;
  }
}

function publishOf(
  bytes: Buffer,
  header: number,
  bodyAt: number,
  end: number,
): PublishPacket | undefined {
  const qos = (header >> 1) & 3;
  if (qos === 3 || end - bodyAt < 2) return undefined;
  const topicEnd = bodyAt + 2 + bytes.readUInt16BE(bodyAt);
  const payloadAt = qos === 0 ? topicEnd : topicEnd + 2;
  if (payloadAt > end) return undefined;
  const topic = bytes.toString("utf8", bodyAt + 2, topicEnd);
  if (!isOrdinary(topic)) return undefined;
  return {
    cmd: "publish",
    qos: qos as 0 | 1 | 2,
    dup: (header & 8) !== 0,
    retain: (header & 1) !== 0,
    topic,
    payload: bytes.subarray(payloadAt, end),
    ...(qos > 0 && { messageId: bytes.readUInt16BE(topicEnd) }),
  };
}

function isOrdinary(topic: string): boolean {
  if (topic === "" || topic.includes("+") || topic.includes("#")) return false;
  let levels = 1;
  for (let at = topic.indexOf(SLASH); at >= 0; at = topic.indexOf(SLASH, at + 1)) levels += 1;
  return levels <= MAX_LEVELS;
}

/** Where the body begins. */
function endOfLength(bytes: Buffer, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) >= 0x80) at += 1;
  return at + 1;
}

function lengthOf(bytes: Buffer, from: number, to: number): number {
  let length = 0;
  for (let at = to - 1; at >= from; at -= 1) length = length * 128 + ((bytes[at] ?? 0) & 0x7f);
  return length;
}
