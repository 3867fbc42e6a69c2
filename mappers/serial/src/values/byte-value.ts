import {
  type ByteOrder,
  byteLengthOf,
  type DataType,
  isNumericType,
  MapperkitError,
  numericForms,
} from "@mapperkit/api";
import type { PropertyValue } from "@mapperkit/sdk";

/** The form of a value among the bytes of a frame. */
export interface ByteForm {
  readonly type: DataType;
  readonly byteOrder: ByteOrder;
  /** One bit of a number, as a boolean. */
  readonly bit: number | undefined;
  readonly byteLength: number | undefined;
}

/** How many bytes a value takes. */
export function sizeOf({ type, byteLength }: ByteForm): number {
  if (isNumericType(type)) return numericForms[type].bytes;
  if (type === "boolean") return byteLength ?? 1;
  return byteLength ?? byteLengthOf({ type });
}

/** @throws MapperkitError `invalid_input` for bytes that are no such value */
export function decodeBytes(form: ByteForm, bytes: Uint8Array): PropertyValue {
  const { type, bit, byteOrder } = form;
  if (type === "bytes") return Uint8Array.from(bytes);
  if (type === "string")
    return Buffer.from(bytes)
      .toString("utf8")
      .replace(/[\0 ]+$/, "");
  const ordered = inOrder(byteOrder, bytes);
  if (bit !== undefined) return ((unsigned(ordered) >> BigInt(bit)) & 1n) === 1n;
  if (type === "boolean") return ordered.some((byte) => byte !== 0);
  if (!isNumericType(type)) throw unknownForm(type);
  const { kind, least } = numericForms[type];
  if (kind === "bcd") return Number(decimal(ordered));
  if (kind === "float") return floatFrom(ordered);
  const width = BigInt(ordered.length * 8);
  const whole = least < 0n ? BigInt.asIntN(Number(width), unsigned(ordered)) : unsigned(ordered);
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole;
}

/** @throws MapperkitError `invalid_input` when the form cannot hold the value: nothing is wrapped */
export function encodeBytes(form: ByteForm, value: PropertyValue): Uint8Array {
  const { type, byteOrder } = form;
  const size = sizeOf(form);
  if (type === "bytes" || type === "string") {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value), "utf8");
    if (bytes.length > size) throw outOfRange(`${bytes.length} bytes`, `at most ${size} bytes`);
    return Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
  }
  const bytes = Buffer.alloc(size);
  if (type === "boolean") {
    const whole = value === true ? 1n << BigInt(form.bit ?? 0) : 0n;
    bytes.set(Buffer.from(whole.toString(16).padStart(size * 2, "0"), "hex"));
  } else if (isNumericType(type)) {
    writeNumber(bytes, type, value);
  } else {
    throw unknownForm(type);
  }
  return inOrder(byteOrder, bytes);
}

function writeNumber(bytes: Buffer, type: keyof typeof numericForms, value: PropertyValue): void {
  const { kind, least, greatest } = numericForms[type];
  const number = typeof value === "boolean" ? Number(value) : value;
  if (kind === "float") {
    const float = Number(number);
    if (Math.abs(float) > Number(greatest)) throw outOfRange(float, `a ${type}`);
    if (bytes.length === 8) bytes.writeDoubleBE(float);
    else if (bytes.length === 4) bytes.writeFloatBE(float);
    else new DataView(bytes.buffer, bytes.byteOffset).setFloat16(0, float);
    return;
  }
  const isWhole = typeof number === "bigint" || Number.isInteger(number);
  if (!isWhole) throw outOfRange(String(value), `a whole number (${type})`);
  const whole = BigInt(number as number | bigint);
  if (whole < least || whole > greatest)
    throw outOfRange(whole, `${least} to ${greatest} (${type})`);
  const digits =
    kind === "bcd" ? whole.toString() : BigInt.asUintN(bytes.length * 8, whole).toString(16);
  bytes.set(Buffer.from(digits.padStart(bytes.length * 2, "0"), "hex"));
}

/** Between the device's order and the big-endian one; its own inverse. */
function inOrder(order: ByteOrder, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  if (order === "DCBA") return copy.reverse();
  const isPairs = copy.length >= 2 && copy.length % 2 === 0;
  if (order === "ABCD" || !isPairs) return copy;
  const swapped = copy.swap16();
  if (order === "BADC") return swapped;
  return swapped.reverse();
}

function unsigned(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
}

function decimal(bytes: Buffer): string {
  const digits = bytes.toString("hex");
  if (/^\d+$/.test(digits)) return digits;
  const message = `bytes ${digits} are no binary coded decimal`;
  throw new MapperkitError("invalid_input", message, { details: { reason: "sensorFault" } });
}

function floatFrom(bytes: Buffer): number {
  if (bytes.length === 8) return bytes.readDoubleBE();
  if (bytes.length === 4) return Number(bytes.readFloatBE().toPrecision(7));
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat16(0);
}

function outOfRange(shown: unknown, expected: string): MapperkitError {
  return new MapperkitError("invalid_input", `value is ${String(shown)}, must be ${expected}`, {
    details: { reason: "outOfRange" },
  });
}

function unknownForm(type: DataType): MapperkitError {
  return new MapperkitError("invalid_input", `dataType is ${type}, which frames do not hold`);
}
