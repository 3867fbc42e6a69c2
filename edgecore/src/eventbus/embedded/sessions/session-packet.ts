/** A packet as a session keeps it; `brokerId` and `brokerCounter` tell which message it was made of. */
export interface SessionPacket {
  readonly cmd: string;
  readonly brokerId?: string;
  readonly brokerCounter?: number;
  readonly topic?: string;
  readonly payload?: string | Buffer;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
  messageId?: number | undefined;
}

/** Of one's own, so that what the broker does to its packet later does not change what is kept. */
export function copyPacket(packet: SessionPacket): SessionPacket {
  const { cmd, brokerId = "", brokerCounter = 0, topic = "", payload = "", qos = 0 } = packet;
  const { retain = false, dup = false } = packet;
  const facts = { cmd, brokerId, brokerCounter, topic, qos, retain, dup };
  return { ...facts, payload: ownBytes(payload), messageId: undefined };
}

/** What was read from a socket is a part of a larger piece, which would be kept with it. */
export function ownBytes(bytes: string | Buffer = ""): string | Buffer {
  if (typeof bytes === "string") return bytes;
  if (bytes.buffer.byteLength <= 2 * bytes.length) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

export function factsOf({ payload: _, ...facts }: SessionPacket & object): string {
  return JSON.stringify(facts);
}

export function payloadOf({ payload }: SessionPacket): Uint8Array {
  if (payload === undefined) return new Uint8Array();
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}

export function packetOf(facts: string, payload: Uint8Array): SessionPacket {
  const parts = JSON.parse(facts) as SessionPacket;
  return parts.cmd === "publish" ? { ...parts, payload: Buffer.from(payload) } : parts;
}
