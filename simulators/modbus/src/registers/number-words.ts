import { type DataType, numericForms } from "@mapperkit/api";

type NumericType = keyof typeof numericForms;

/** What fits into the integers that are no more than 32 bits wide. */
const WORDS: Readonly<Partial<Record<NumericType, { least: number; greatest: number }>>> =
  Object.fromEntries(
    Object.entries(numericForms)
      .filter(([, { kind, bytes }]) => kind === "integer" && bytes <= 4)
      .map(([type, form]) => [
        type,
        { least: Number(form.least), greatest: Number(form.greatest) },
      ]),
  );

/** The raw number of a type as big-endian bytes; what does not fit becomes the nearest that does. */
export function bytesOfNumber(type: NumericType, value: number | bigint): Uint8Array {
  const { bytes: size, kind, least, greatest } = numericForms[type];
  const bytes = new Uint8Array(size);
  if (kind === "float") {
    writeFloat(new DataView(bytes.buffer), Number(value));
    return bytes;
  }
  const word = WORDS[type];
  if (word && typeof value === "number") {
    writeWord(bytes, Math.min(Math.max(Math.round(value) || 0, word.least), word.greatest));
    return bytes;
  }
  const whole = typeof value === "bigint" ? value : wholeOf(value);
  const fitting = nearest(whole, least, greatest);
  const digits = kind === "bcd" ? BigInt(`0x${fitting}`) : BigInt.asUintN(size * 8, fitting);
  for (let i = 0; i < size; i += 1) {
    bytes[i] = Number((digits >> BigInt(8 * (size - 1 - i))) & 0xffn);
  }
  return bytes;
}

/** The raw number that big-endian bytes stand for; undefined for decimal digits that are none. */
export function numberOfBytes(type: NumericType, bytes: Uint8Array): number | bigint | undefined {
  const { kind, bytes: size, least } = numericForms[type];
  if (kind === "float") return readFloat(bytes);
  let whole = 0n;
  for (const byte of bytes) whole = (whole << 8n) | BigInt(byte);
  if (kind === "bcd") {
    const digits = whole.toString(16);
    return /^\d+$/.test(digits) ? Number(digits) : undefined;
  }
  const signed = least < 0n ? BigInt.asIntN(size * 8, whole) : whole;
  return size === 8 ? signed : Number(signed);
}

export function isNumberType(type: DataType): type is NumericType {
  return type in numericForms;
}

/** A whole number that fits, in two's complement. */
function writeWord(bytes: Uint8Array, whole: number): void {
  // No DataView: it would need a buffer outside the heap for these few bytes.
  for (let i = bytes.length - 1, rest = whole; i >= 0; i -= 1, rest >>= 8) bytes[i] = rest;
}

function nearest(whole: bigint, least: bigint, greatest: bigint): bigint {
  if (whole < least) return least;
  return whole > greatest ? greatest : whole;
}

function wholeOf(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  return Number.isFinite(value) ? BigInt(Math.round(value)) : value > 0 ? 2n ** 64n : -(2n ** 64n);
}

function writeFloat(view: DataView, value: number): void {
  if (view.byteLength === 8) view.setFloat64(0, value);
  else if (view.byteLength === 4) view.setFloat32(0, value);
  else view.setFloat16(0, value);
}

function readFloat(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength === 8) return view.getFloat64(0);
  return view.byteLength === 4 ? view.getFloat32(0) : view.getFloat16(0);
}
