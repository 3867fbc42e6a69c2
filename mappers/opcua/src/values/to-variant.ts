import { MapperkitError } from "@mapperkit/api";
import type { PropertyValue } from "@mapperkit/sdk";
import { builtIn, type UaVariant } from "./from-variant.ts";

/** The form that a node takes. */
export interface NodeForm {
  readonly dataType: number;
  readonly isList: boolean;
}

const BOUNDS: Readonly<Record<number, readonly [bigint, bigint]>> = {
  [builtIn.SByte]: [-128n, 127n],
  [builtIn.Byte]: [0n, 255n],
  [builtIn.Int16]: [-32_768n, 32_767n],
  [builtIn.UInt16]: [0n, 65_535n],
  [builtIn.Int32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [builtIn.UInt32]: [0n, 2n ** 32n - 1n],
  [builtIn.Int64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [builtIn.UInt64]: [0n, 2n ** 64n - 1n],
};

/**
 * A desired value in the form of its node. Nothing is guessed: what does not fit is refused before a
 * byte leaves.
 * @throws MapperkitError `invalid_input` with `details.reason`
 */
export function toVariant(form: NodeForm, value: PropertyValue): UaVariant {
  const { dataType, isList } = form;
  if (!isList) return { dataType, value: toScalar(dataType, value) };
  const items = itemsOf(value);
  if (!items) throw mismatch(value, "a JSON list");
  return { dataType, value: items.map((item) => toScalar(dataType, item)) };
}

function toScalar(dataType: number, value: unknown): unknown {
  if (BOUNDS[dataType]) return toInteger(dataType, value);
  switch (dataType) {
    case builtIn.Boolean:
      return toBoolean(value);
    case builtIn.Float:
    case builtIn.Double:
      return toFloat(dataType, value);
    case builtIn.String:
      return textOf(value);
    case builtIn.LocalizedText:
      return { text: textOf(value) };
    case builtIn.DateTime:
      return toDate(value);
    case builtIn.ByteString:
      return toBytes(value);
    case builtIn.Guid:
      return textOf(value);
    default:
      throw new MapperkitError("unsupported", `nodes of type ${dataType} cannot be written`, {
        details: { reason: "typeMismatch" },
      });
  }
}

function toInteger(dataType: number, value: unknown): number | [number, number] {
  const [least, greatest] = BOUNDS[dataType] ?? [0n, 0n];
  const whole = wholeOf(value);
  if (whole === undefined) throw mismatch(value, "a whole number");
  if (whole < least || whole > greatest) {
    throw mismatch(value, `${least} to ${greatest} for the node's type`, "outOfRange");
  }
  if (dataType !== builtIn.Int64 && dataType !== builtIn.UInt64) return Number(whole);
  const bits = BigInt.asUintN(64, whole);
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
}

function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  const isText = typeof value === "string" && /^\s*[+-]?\d{1,20}\s*$/.test(value);
  return isText ? BigInt(value.trim().replace(/^\+/, "")) : undefined;
}

function toBoolean(value: unknown): boolean {
  const text = String(value).trim().toLowerCase();
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw mismatch(value, "true or false");
}

function toFloat(dataType: number, value: unknown): number {
  const isEmpty = typeof value === "string" && value.trim() === "";
  const number = isEmpty || typeof value === "object" ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw mismatch(value, "a number");
  if (dataType === builtIn.Float && !Number.isFinite(Math.fround(number))) {
    throw mismatch(value, "a number that 32 bits hold", "outOfRange");
  }
  return number;
}

function toDate(value: unknown): Date {
  const time = typeof value === "string" ? Date.parse(value) : Number(value);
  if (Number.isFinite(time)) return new Date(time);
  throw mismatch(value, "a time such as 2026-01-31T12:00:00Z");
}

function toBytes(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === "string") return Buffer.from(value, "base64");
  throw mismatch(value, "bytes");
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return String(value);
}

function itemsOf(value: unknown): unknown[] | undefined {
  try {
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : undefined;
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function mismatch(value: unknown, expected: string, reason = "typeMismatch"): MapperkitError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value);
  return new MapperkitError("invalid_input", `value is ${shown}, must be ${expected}`, {
    details: { reason },
  });
}
