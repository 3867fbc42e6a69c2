import { isNumericType, MapperkitError } from "@mapperkit/api";
import type { Encoding } from "./encoding.ts";
import { refusal } from "./encoding.ts";

/**
 * The twin's text of a decoded value: arrays and structs are JSON in which 64-bit integers are
 * strings of decimals and bytes are base64, so that nobody's JSON rounds them.
 */
export function formatDecoded(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return String(part);
    return part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part;
  });
}

/**
 * What encode() takes, from the twin's text.
 * @throws MapperkitError `invalid_input` naming the value
 */
export function parseDecoded(encoding: Encoding, text: string): unknown {
  if (encoding.fields) return parseStruct(encoding.fields, text);
  if (encoding.arrayLength === undefined) return parseOne(encoding, text);
  const list = parseJson(text);
  if (!Array.isArray(list)) throw refusal(text, "a JSON array", "typeMismatch");
  return list.map((one: unknown) => parseOne(encoding, one));
}

function parseStruct(fields: NonNullable<Encoding["fields"]>, text: string): unknown {
  const struct = parseJson(text);
  if (typeof struct !== "object" || struct === null || Array.isArray(struct)) {
    throw refusal(text, "a JSON object", "typeMismatch");
  }
  const given = new Map<string, unknown>(Object.entries(struct));
  const parts = Object.entries(fields)
    .filter(([name]) => given.has(name))
    // A field's offset is the byte where it lies, not one of engineering units.
    .map(([name, { type }]) => [name, parseOne({ type }, given.get(name))] as const);
  return Object.fromEntries(parts);
}

function parseOne(encoding: Pick<Encoding, "type" | "scale" | "offset">, one: unknown): unknown {
  const { type } = encoding;
  if (type === "string") return one;
  if (type === "boolean") return one === "true" ? true : one === "false" ? false : one;
  if (typeof one !== "string") return one;
  if (type === "bytes") return bytesFrom(one);
  if (!isNumericType(type)) return one;
  const isScaled = encoding.scale !== undefined || encoding.offset !== undefined;
  if (!isScaled && /^[+-]?\d{1,64}$/.test(one)) return BigInt(one.replace("+", ""));
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(one)) return Number(one);
  throw refusal(one, `a decimal number (${type})`, "typeMismatch");
}

function bytesFrom(text: string): Uint8Array {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return new Uint8Array(Buffer.from(text, "base64"));
  }
  throw refusal(text, "base64 (bytes)", "typeMismatch");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `value is ${JSON.stringify(text.slice(0, 80))}, must be JSON`;
    throw new MapperkitError("invalid_input", message, {
      cause,
      details: { reason: "typeMismatch" },
    });
  }
}
