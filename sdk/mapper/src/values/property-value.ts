import { type DataType, MapperkitError, type PropertyType } from "@mapperkit/api";

/** What a driver may return from read() and is given by write(). */
export type PropertyValue = string | number | boolean | bigint | Uint8Array;

const INT64 = { least: -(2n ** 63n), greatest: 2n ** 63n - 1n };
const UINT64 = { least: 0n, greatest: 2n ** 64n - 1n };
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Turns what a device answered, or the text of a desired value, into a value of the property's
 * model type. An INT has 64 bits, with a sign unless its form on the wire has none. Nothing is guessed: text that is no number is no number, and NaN is never 0.
 * @throws MapperkitError `invalid_input`, with `details.reason` a QualityReason
 */
export function toPropertyValue(
  type: PropertyType,
  value: unknown,
  form?: DataType,
): PropertyValue {
  switch (type) {
    case "INT":
      return toInteger(value, form === "uint64" ? UINT64 : INT64);
    case "FLOAT":
    case "DOUBLE":
      return toFloat(type, value);
    case "BOOLEAN":
      return toBoolean(value);
    case "BYTES":
      return toBytes(value);
    case "STRING":
    case "STREAM":
      return toText(type, value);
  }
}

/** The text that stands for a value on the twin: decimals, `true`/`false`, base64. */
export function formatValue(value: PropertyValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : String(value);
}

/** The type word that every KubeEdge edge accepts in a twin's metadata (mqtt-topics §2.5). */
export function twinTypeOf(type: PropertyType): string {
  switch (type) {
    case "INT":
      return "int";
    case "FLOAT":
    case "DOUBLE":
      return "float";
    case "BOOLEAN":
      return "boolean";
    default:
      return "string";
  }
}

function toInteger(value: unknown, { least, greatest }: typeof INT64): number | bigint {
  const whole = asBigInt(value);
  if (whole === undefined) throw mismatch("INT", value);
  if (whole < least || whole > greatest) throw mismatch("INT", value, "outOfRange");
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole;
}

function asBigInt(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || value.length > 64) return undefined;
  const text = value.trim();
  return /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined;
}

function toFloat(type: PropertyType, value: unknown): number {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw mismatch(type, value, "sensorFault");
    return value;
  }
  if (typeof value === "bigint") return Number(value);
  const text = typeof value === "string" ? value.trim() : "";
  const number = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) throw mismatch(type, value);
  return number;
}

function toBoolean(value: unknown): boolean {
  if (value === true || value === 1 || value === 1n) return true;
  if (value === false || value === 0 || value === 0n) return false;
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (text === "true") return true;
  if (text === "false") return false;
  throw mismatch("BOOLEAN", value);
}

function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string" && value.length % 4 === 0 && BASE64.test(value)) {
    return new Uint8Array(Buffer.from(value, "base64"));
  }
  throw mismatch("BYTES", value);
}

function toText(type: PropertyType, value: unknown): string {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    default:
      throw mismatch(type, value);
  }
}

function mismatch(type: PropertyType, value: unknown, reason = "typeMismatch"): MapperkitError {
  return new MapperkitError("invalid_input", `${describe(value)} is not a value of type ${type}`, {
    details: { reason, type },
  });
}

/** A short, harmless picture of a foreign value for messages. */
function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
