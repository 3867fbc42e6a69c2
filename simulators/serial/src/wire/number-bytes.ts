import type { PropertyWords } from "../words/device-words.ts";

const WIDTHS: Readonly<Record<string, number>> = {
  ...{ boolean: 1, int8: 1, uint8: 1, int16: 2, uint16: 2, bcd16: 2, float16: 2 },
  ...{ int32: 4, uint32: 4, bcd32: 4, float32: 4, int64: 8, uint64: 8, float64: 8 },
};

/** Bytes that a value takes in a frame. */
export function widthOf({ dataType = "uint8", byteLength }: PropertyWords): number {
  return byteLength ?? WIDTHS[dataType] ?? 1;
}

/** A value as a device's firmware puts it into a frame: scaled, rounded, cut to its width. */
export function bytesOfValue(words: PropertyWords, value: unknown): Buffer {
  const { dataType = "uint8", scale, offset, byteOrder } = words;
  const width = widthOf(words);
  const bytes = Buffer.alloc(width);
  if (dataType === "string") {
    bytes.write(String(value), "utf8");
    return bytes;
  }
  if (dataType === "bytes") {
    Buffer.from(value as Uint8Array).copy(bytes);
    return bytes;
  }
  const bit = words.bit ?? 0;
  const number =
    typeof value === "boolean" ? (value ? 2 ** bit : 0) : (Number(value) - offset) / scale;
  if (dataType.startsWith("float")) writeFloat(bytes, number);
  else if (dataType.startsWith("bcd")) bytes.write(digits(number, width), "hex");
  else writeInteger(bytes, typeof value === "bigint" ? value : BigInt(Math.round(number)));
  return swapped(byteOrder, bytes);
}

/** What a client put there. */
export function valueOfBytes(words: PropertyWords, given: Buffer): unknown {
  const { dataType = "uint8", scale, offset, byteOrder } = words;
  if (dataType === "string") return given.toString("utf8").replaceAll("\0", "");
  if (dataType === "bytes") return Uint8Array.from(given);
  const bytes = swapped(byteOrder, given);
  if (words.bit !== undefined) return (readUnsigned(bytes) >> BigInt(words.bit)) % 2n === 1n;
  if (dataType === "boolean") return readUnsigned(bytes) !== 0n;
  if (dataType.startsWith("float")) return readFloat(bytes) * scale + offset;
  if (dataType.startsWith("bcd")) return Number(bytes.toString("hex")) * scale + offset;
  const isSigned = dataType.startsWith("int");
  const whole = isSigned
    ? BigInt.asIntN(bytes.length * 8, readUnsigned(bytes))
    : readUnsigned(bytes);
  return Number((Number(whole) * scale + offset).toPrecision(12));
}

function writeFloat(bytes: Buffer, number: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 2) view.setFloat16(0, number);
  else if (bytes.length === 4) view.setFloat32(0, number);
  else view.setFloat64(0, number);
}

function readFloat(bytes: Buffer): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 2) return view.getFloat16(0);
  return bytes.length === 4 ? view.getFloat32(0) : view.getFloat64(0);
}

function writeInteger(bytes: Buffer, whole: bigint): void {
  let rest = BigInt.asUintN(bytes.length * 8, whole);
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function readUnsigned(bytes: Buffer): bigint {
  let whole = 0n;
  for (const byte of bytes) whole = (whole << 8n) | BigInt(byte);
  return whole;
}

function digits(number: number, width: number): string {
  return String(Math.round(number))
    .padStart(width * 2, "0")
    .slice(-width * 2);
}

/** ABCD is the order of the manuals; the others move bytes about in it. */
function swapped(order: PropertyWords["byteOrder"], bytes: Buffer): Buffer {
  if (order === "DCBA") return Buffer.from(bytes.toReversed());
  if (order === "ABCD" || bytes.length % 2 === 1) return bytes;
  const words = Array.from({ length: bytes.length / 2 }, (_, i) => [
    ...bytes.subarray(i * 2, i * 2 + 2),
  ]);
  if (order === "BADC") return Buffer.from(words.flatMap((word) => word.reverse()));
  return Buffer.from(words.reverse().flat());
}
