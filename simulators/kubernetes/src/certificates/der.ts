/** ASN.1 in DER, as far as certificates and their requests need it. */
export interface DerValue {
  readonly tag: number;
  /** The content, without tag and length. */
  readonly content: Buffer;
  /** All of it. */
  readonly bytes: Buffer;
}

export const SEQUENCE = 0x30;
export const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** @throws RangeError where `bytes` are not one whole value */
export function readDer(bytes: Buffer): DerValue {
  const [value, ...rest] = readAll(bytes);
  if (value === undefined || rest.length > 0) throw new RangeError("not one DER value");
  return value;
}

/** The values inside a constructed one, or of a run of them. @throws RangeError for broken lengths */
export function readAll(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes.readUInt8(at);
    let length = bytes.readUInt8(at + 1);
    let start = at + 2;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4) throw new RangeError("DER length out of range");
      length = bytes.readUIntBE(start, size);
      start += size;
    }
    if (start + length > bytes.length) throw new RangeError("DER value is cut short");
    values.push({
      tag,
      content: bytes.subarray(start, start + length),
      bytes: bytes.subarray(at, start + length),
    });
    at = start + length;
  }
  return values;
}

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const head = Buffer.alloc(2 + size);
  head.writeUInt8(tag, 0);
  head.writeUInt8(0x80 | size, 1);
  head.writeUIntBE(length, 2, size);
  return Buffer.concat([head, content]);
}

export function integer(bytes: Uint8Array): Buffer {
  return der(INTEGER, bytes);
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return der(BIT_STRING, Buffer.of(unusedBits), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return der(OCTET_STRING, bytes);
}

/** The dotted form of an object identifier's content. */
export function oidText(content: Buffer): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = numbers;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...rest].join(".");
}

export function oid(text: string): Buffer {
  const [root = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [root * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(OID, Buffer.from(bytes));
}

/** UTCTime until 2049, as RFC 5280 §4.1.2.5 asks. */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  const isShort = Number(text.slice(0, 4)) < 2050;
  return der(
    isShort ? UTC_TIME : GENERALIZED_TIME,
    Buffer.from(`${isShort ? text.slice(2) : text}Z`),
  );
}
