import { isNumericType, numericForms } from "@mapperkit/api";
import { reorder } from "./byte-order.ts";
import type { Decoded, ElementCodec } from "./element-codec.ts";
import { type AddressBits, type Encoding, elementBytesOf, refusal } from "./encoding.ts";
import { rawNumbers } from "./raw-number.ts";
import { createScaling, type Scaling } from "./scaling.ts";
import { parseSentinels } from "./sentinels.ts";

type NumericForm = (typeof numericForms)["int16"];

/** The codec of one number, as wide as its type says; undefined for other types. */
export function createNumberCodec(
  encoding: Encoding,
  addressBits: Exclude<AddressBits, 1>,
): ElementCodec | undefined {
  const { type, byteOrder = "ABCD", precision } = encoding;
  if (!isNumericType(type)) return undefined;
  const form = numericForms[type];
  const size = elementBytesOf(encoding, addressBits);
  const raw = rawNumbers[type];
  const sentinels = parseSentinels(encoding.invalid);
  const scaling = createScaling(encoding);
  const expectation = expectationOf(type, form, scaling);

  return {
    size,
    decode(bytes) {
      const own = reorder(bytes.slice(0, size), byteOrder).subarray(size - form.bytes);
      const value = raw.read(viewOf(own));
      if (value === undefined) return { reason: "typeMismatch" };
      const isNumber = typeof value === "bigint" || Number.isFinite(value);
      if (!isNumber || sentinels.has(value, own)) return { reason: "sensorFault" };
      return decoded(scaling ? scaling.toEngineering(value) : value, precision);
    },
    encode(value) {
      const wanted = numberFrom(value, expectation);
      const rawValue = form.kind === "float" ? toFloat(wanted, scaling) : toWhole(wanted, scaling);
      if (rawValue === undefined) throw refusal(value, expectation, "typeMismatch");
      if (rawValue < form.least || rawValue > form.greatest) {
        throw refusal(value, expectation, "outOfRange");
      }
      const bytes = new Uint8Array(size);
      const own = bytes.subarray(size - form.bytes);
      raw.write(viewOf(own), rawValue);
      const back = raw.read(viewOf(own));
      if (back !== undefined && sentinels.has(back, own)) {
        const other = `a value other than those that mean none (${encoding.invalid})`;
        throw refusal(value, other, "outOfRange");
      }
      return reorder(bytes, byteOrder);
    },
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decoded(value: number | bigint, precision: number | undefined): Decoded {
  const isRounded = precision !== undefined && typeof value === "number";
  return { value: isRounded ? Number(value.toFixed(precision)) : value };
}

function numberFrom(value: unknown, expectation: string): number | bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw refusal(value, expectation, "typeMismatch");
}

function toFloat(value: number | bigint, scaling: Scaling | undefined): number {
  return scaling ? scaling.toFloatRaw(value) : Number(value);
}

function toWhole(value: number | bigint, scaling: Scaling | undefined): bigint | undefined {
  if (scaling) return scaling.toWholeRaw(value);
  if (typeof value === "bigint") return value;
  return Number.isSafeInteger(value) ? BigInt(value) : wholeBeyond(value);
}

/** A double beyond 2^53 is out of every range or not exact, and so no whole number to write. */
function wholeBeyond(value: number): bigint | undefined {
  return Number.isInteger(value) && Math.abs(value) >= 2 ** 64 ? BigInt(value) : undefined;
}

function expectationOf(type: string, form: NumericForm, scaling: Scaling | undefined): string {
  if (form.kind === "float" && !scaling) return `a finite number that fits a ${type}`;
  const ends = [form.least, form.greatest];
  if (!scaling) return `a whole number of ${ends[0]} to ${ends[1]} (${type})`;
  const [low, high] = ends.map((end) => scaling.toEngineering(end)).sort((a, b) => a - b);
  return `a number of ${low} to ${high} (${type}, scaled)`;
}
