const PUBLISH = 0x30;
const DUP = 0x08;
const RETAIN = 0x01;

/** A PUBLISH packet as bytes (MQTT 3.1.1 §3.3), written once for all who get it at QoS 0. */
export class PublishFrame {
  readonly #topic: string;
  readonly #payload: Uint8Array;
  readonly #isRetained: boolean;
  #plain: Buffer | undefined;

  constructor(message: { topic: string; payload: Uint8Array; isRetained?: boolean }) {
    this.#topic = message.topic;
    this.#payload = message.payload;
    this.#isRetained = message.isRetained ?? false;
  }

  /** For QoS 0 */
  get plain(): Buffer {
    this.#plain ??= this.#encode(PUBLISH, undefined);
    return this.#plain;
  }

  /** For QoS 1 and 2. `isAgain`: it may have reached the client before. */
  numbered(qos: number, messageId: number, isAgain = false): Buffer {
    return this.#encode(PUBLISH | (qos << 1) | (isAgain ? DUP : 0), messageId);
  }

  #encode(header: number, messageId: number | undefined): Buffer {
    const topicBytes = Buffer.byteLength(this.#topic);
    const length = 2 + topicBytes + (messageId === undefined ? 0 : 2) + this.#payload.length;
    const bytes = Buffer.allocUnsafe(1 + lengthBytes(length) + length);
    bytes[0] = header | (this.#isRetained ? RETAIN : 0);
    let at = writeLength(bytes, length, 1);
    at = bytes.writeUInt16BE(topicBytes, at);
    at += bytes.write(this.#topic, at);
    if (messageId !== undefined) at = bytes.writeUInt16BE(messageId, at);
    bytes.set(this.#payload, at);
    return bytes;
  }
}

function lengthBytes(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  return length < 0x20_0000 ? 3 : 4;
}

function writeLength(bytes: Buffer, length: number, at: number): number {
  let rest = length;
  let next = at;
  while (rest > 0x7f) {
    bytes[next] = (rest & 0x7f) | 0x80;
    rest >>= 7;
    next += 1;
  }
  bytes[next] = rest;
  return next + 1;
}
