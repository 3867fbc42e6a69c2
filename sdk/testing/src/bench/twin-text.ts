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
  const { type, arrayLength, fields } = definition;
  if (fields) return structOf(fields, parseJson(text));
  if (arrayLength !== undefined) {
    const list = parseJson(text);
    return Array.isArray(list) ? list.map((one) => exactOf(definition, one)) : undefined;
  }
  if (type === "string") return text;
  if (type === "boolean") return { true: true, false: false }[text];
  if (type === "bytes") return new Uint8Array(Buffer.from(text, "base64"));
  if (isWide(definition)) return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? undefined : number;
}

/** 64-bit integers in lists and structs stay exact, as texts of decimals: JSON's own are rounded. */
function jsonOf(value: unknown): string {
  return JSON.stringify(typeof value === "bigint" ? String(value) : value);
}

type Form = Pick<PropertyDefinition, "type" | "scale" | "offset">;

function isWide({ type, scale, offset }: Form): boolean {
  return (type === "int64" || type === "uint64") && scale === undefined && offset === undefined;
}

function structOf(
  fields: NonNullable<PropertyDefinition["fields"]>,
  struct: unknown,
): Readonly<Record<string, unknown>> | undefined {
  if (typeof struct !== "object" || struct === null) return undefined;
  const given = new Map(Object.entries(struct));
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      // A field's offset is bytes, not what is added to its value.
      exactOf({ type: field.type }, given.get(name)),
    ]),
  );
}

/** One value inside a JSON text. */
function exactOf(form: Form, one: unknown): unknown {
  return isWide(form) && typeof one === "string" && /^-?\d+$/.test(one) ? BigInt(one) : one;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
