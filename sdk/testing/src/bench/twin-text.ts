import type { PropertyDefinition } from "@mapperkit/api";

/** The text by which a value stands on the twin: decimals, `true`/`false`, base64, JSON. */
export function twinTextOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(
      ([key, one]) => `${JSON.stringify(key)}:${jsonOf(one)}`,
    );
    return `{${fields.join(",")}}`;
  }
  return String(value);
}

/** The value that a twin's text stands for, as its model types it. Undefined when it is none. */
export function valueOfTwinText(definition: PropertyDefinition, text: string): unknown {
  const { type, arrayLength, fields, scale, offset } = definition;
  if (arrayLength !== undefined || fields) return parseJson(text);
  if (type === "string") return text;
  if (type === "boolean") return { true: true, false: false }[text];
  if (type === "bytes") return new Uint8Array(Buffer.from(text, "base64"));
  const isWide =
    (type === "int64" || type === "uint64") && scale === undefined && offset === undefined;
  if (isWide) return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? undefined : number;
}

/** 64-bit integers in lists stay exact, as decimals. */
function jsonOf(value: unknown): string {
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
