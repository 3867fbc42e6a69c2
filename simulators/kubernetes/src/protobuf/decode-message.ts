import protobuf from "protobufjs/minimal.js";
import { fieldsOfMessage, type MessageField } from "./message-table.ts";
import { isDroppedWhenEmpty, isKeptWhenZero } from "./zero-values.ts";

type Reader = protobuf.Reader;
type Members = Record<string, unknown>;

/** Schemas nest, and rubbish could do so without end. */
const DEEPEST = 64;
const LENGTH_DELIMITED = 2;

/**
 * Reads one message into the JSON that its kind has.
 * @throws Error of any class, where the bytes are not such a message
 */
export function decodeMessage(bytes: Uint8Array, message: string, depth = 0): unknown {
  if (depth > DEEPEST) throw new RangeError("nested too deeply");
  const members = readMembers(bytes, message, depth);
  switch (message) {
    case "crd.SchemaOrBool":
      return members.schema ?? members.allows === true;
    case "crd.SchemaOrArray":
      return members.jSONSchemas ?? members.schema ?? {};
    case "crd.SchemaOrStrings":
      return members.property ?? members.schema ?? {};
    default:
      return members;
  }
}

function readMembers(bytes: Uint8Array, message: string, depth: number): Members {
  const fields = fieldsOfMessage(message);
  if (fields === undefined) throw new TypeError(`no message ${message}`);
  const reader = protobuf.Reader.create(bytes);
  const members: Members = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = fields.get(tag >>> 3);
    if (field === undefined) reader.skipType(tag & 7);
    else readField(reader, tag & 7, field, members, depth + 1);
  }
  return members;
}

function readField(
  reader: Reader,
  wireType: number,
  field: MessageField,
  members: Members,
  depth: number,
): void {
  const { name, repeat, type } = field;
  if (wireType !== wireTypeOf(type)) throw new TypeError(`${name} has wire type ${wireType}`);
  if (repeat === "{}") {
    const [key, value] = readEntry(reader.bytes(), type, depth);
    members[name] ??= {};
    setMember(members[name] as Members, key, value);
  } else if (repeat === "[]") {
    members[name] ??= [];
    (members[name] as unknown[]).push(readValue(reader, type, depth));
  } else {
    const value = readValue(reader, type, depth);
    if (field.isInline) Object.assign(members, value);
    else if (!isAbsent(field, value)) setMember(members, name, value);
  }
}

function isAbsent({ name, type }: MessageField, value: unknown): boolean {
  if (value === null) return true;
  if (value === "" || value === 0 || value === false) return !isKeptWhenZero(name);
  // Whoever turns on the status subresource says so with an empty structure.
  if (typeof value !== "object" || type === "crd.Empty") return false;
  return isDroppedWhenEmpty(name) && Object.keys(value).length === 0;
}

/** A key may be called `__proto__`. */
function setMember(members: Members, name: string, value: unknown): void {
  Object.defineProperty(members, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function wireTypeOf(type: string): number {
  if (type === "b" || type === "i") return 0;
  return type === "d" ? 1 : LENGTH_DELIMITED;
}

function readValue(reader: Reader, type: string, depth: number): unknown {
  switch (type) {
    case "s":
      return reader.string();
    case "y":
      return Buffer.from(reader.bytes()).toString("base64");
    case "b":
      return reader.bool();
    case "i":
      return Number(reader.int64());
    case "d":
      return reader.double();
    case "time":
      return readTime(reader.bytes());
    case "quantity":
      return readText(reader.bytes());
    case "intstr":
      return readIntOrString(reader.bytes());
    case "json":
      return JSON.parse(readText(reader.bytes()) || "null");
    case "list":
      return readTexts(reader.bytes());
    default:
      return decodeMessage(reader.bytes(), type, depth);
  }
}

function readEntry(bytes: Uint8Array, type: string, depth: number): [key: string, value: unknown] {
  const reader = protobuf.Reader.create(bytes);
  let key = "";
  let value = emptyOf(type);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1 && (tag & 7) === LENGTH_DELIMITED) key = reader.string();
    else if (tag >>> 3 === 2 && (tag & 7) === wireTypeOf(type))
      value = readValue(reader, type, depth);
    else reader.skipType(tag & 7);
  }
  return [key, value];
}

function emptyOf(type: string): unknown {
  if (type === "s" || type === "y" || type === "quantity") return "";
  return type === "list" ? [] : {};
}

/** Seconds and nanoseconds; a time that is all zero is Go's for none. */
function readTime(bytes: Uint8Array): string | null {
  const { seconds = 0, nanos = 0 } = readNumbers(bytes);
  if (seconds === 0 && nanos === 0) return null;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  const micros = Math.floor(nanos / 1000);
  return micros === 0 ? `${text}Z` : `${text}.${String(micros).padStart(6, "0")}Z`;
}

function readNumbers(bytes: Uint8Array): { seconds?: number; nanos?: number } {
  const reader = protobuf.Reader.create(bytes);
  const numbers: { seconds?: number; nanos?: number } = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x08) numbers.seconds = Number(reader.int64());
    else if (tag === 0x10) numbers.nanos = Number(reader.int64());
    else reader.skipType(tag & 7);
  }
  return numbers;
}

/** `{type, intVal, strVal}`: type 1 is text. */
function readIntOrString(bytes: Uint8Array): number | string {
  const reader = protobuf.Reader.create(bytes);
  let isText = false;
  let number = 0;
  let text = "";
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x08) isText = Number(reader.int64()) === 1;
    else if (tag === 0x10) number = Number(reader.int64());
    else if (tag === 0x1a) text = reader.string();
    else reader.skipType(tag & 7);
  }
  return isText ? text : number;
}

function readText(bytes: Uint8Array): string {
  return readTexts(bytes)[0] ?? "";
}

/** Messages whose first field is all there is. */
function readTexts(bytes: Uint8Array): string[] {
  const reader = protobuf.Reader.create(bytes);
  const texts: string[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x0a) texts.push(reader.string());
    else reader.skipType(tag & 7);
  }
  return texts;
}
