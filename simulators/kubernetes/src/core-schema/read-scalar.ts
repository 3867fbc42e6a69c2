import { goJson } from "../schema/go-text.ts";
import { isMicroTime } from "./flat-fields.ts";

const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
const QUANTITY_TEXT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INT32 = 2 ** 31;

/** A value that Go's decoder refuses; the message is Go's. */
export class DecodeFault extends Error {
  constructor(
    value: unknown,
    at: { readonly root: string; readonly path: string },
    goType: string,
  ) {
    const what = describe(value, goType);
    const where = at.path === "" ? "Go value" : `Go struct field ${at.root}.${at.path}`;
    super(`json: cannot unmarshal ${what} into ${where} of type ${goType}`);
  }
}

class FormatFault extends DecodeFault {
  constructor(message: string) {
    super("", { root: "", path: "" }, "");
    this.message = message;
  }
}

function describe(value: unknown, goType: string): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  const isInteger = /^u?int/.test(goType);
  if (typeof value === "number" && isInteger) return `number ${goJson(value)}`;
  return typeof value;
}

interface Place {
  readonly root: string;
  readonly path: string;
}

/** @throws DecodeFault for a value that is none of `type` */
export function readScalar(
  value: unknown,
  type: string,
  field: string,
  at: Place,
  goType: string,
): void {
  switch (type) {
    case "s":
      if (typeof value !== "string") throw new DecodeFault(value, at, goType);
      return;
    case "b":
      if (typeof value !== "boolean") throw new DecodeFault(value, at, goType);
      return;
    case "i":
      readInteger(value, at, goType);
      return;
    case "d":
      if (typeof value !== "number") throw new DecodeFault(value, at, goType);
      return;
    case "y":
      readBytes(value, at);
      return;
    case "time":
      readTime(value, at, field);
      return;
    case "quantity":
      readQuantity(value);
      return;
    case "intstr":
      if (typeof value !== "string") readInteger(value, at, "int32");
      return;
    case "list":
      if (!Array.isArray(value)) throw new DecodeFault(value, at, goType);
      return;
    default:
      return;
  }
}

function readInteger(value: unknown, at: Place, goType: string): void {
  if (typeof value !== "number" || !Number.isInteger(value))
    throw new DecodeFault(value, at, goType);
  if (goType === "int32" && (value >= INT32 || value < -INT32)) {
    throw new DecodeFault(value, at, goType);
  }
}

function readBytes(value: unknown, at: Place): void {
  if (typeof value !== "string") throw new DecodeFault(value, at, "[]uint8");
  const text = value.replace(/[\r\n]/g, "");
  if (BASE64.test(text)) return;
  const wrong = text.search(/[^A-Za-z0-9+/]/);
  throw new FormatFault(
    `illegal base64 data at input byte ${wrong < 0 ? text.length - (text.length % 4) : wrong}`,
  );
}

function readTime(value: unknown, at: Place, field: string): void {
  if (typeof value !== "string") throw new DecodeFault(value, at, "string");
  if (TIME.test(value)) return;
  const fraction = isMicroTime(field) ? ".000000" : "";
  const layout = `2006-01-02T15:04:05${fraction}Z07:00`;
  const quoted = JSON.stringify(value);
  throw new FormatFault(`parsing time ${quoted} as "${layout}": cannot parse ${quoted} as "2006"`);
}

function readQuantity(value: unknown): void {
  if (typeof value === "number") return;
  if (typeof value === "string" && QUANTITY.test(value)) return;
  throw new FormatFault(QUANTITY_TEXT);
}
