import { byteLengthOf, type PropertyDefinition } from "@mapperkit/api";
import type { SimProperty } from "@mapperkit/sim-plant";
import { bytesOfNumber, isNumberType, numberOfBytes } from "./number-words.ts";
import { inOrder } from "./word-order.ts";

type Form = PropertyDefinition;

/** The registers of a property, as bytes. Bits of shared registers stand alone in theirs. */
export function registersOf({ definition }: SimProperty, value: unknown): Uint8Array {
  const { arrayLength } = definition;
  if (arrayLength === undefined) return bytesOfOne(definition, value);
  const values: readonly unknown[] = Array.isArray(value) ? value : [];
  return Buffer.concat(
    Array.from({ length: arrayLength }, (_, i) => bytesOfOne(definition, values[i] ?? 0)),
  );
}

/** The value that a property's registers stand for; undefined when they stand for none. */
export function valueBehind(property: SimProperty, bytes: Uint8Array): unknown {
  const { definition, kind } = property;
  const { arrayLength } = definition;
  const size = sizeOfOne(definition);
  if (arrayLength === undefined) return valueOfOne(definition, kind, bytes);
  const values = Array.from({ length: arrayLength }, (_, i) =>
    valueOfOne(definition, kind, bytes.subarray(i * size, (i + 1) * size)),
  );
  return values.includes(undefined) ? undefined : values;
}

/** What a device shows where it has no value: its sentinel, if it has one. */
export function sentinelOf({ definition }: SimProperty): Uint8Array | undefined {
  const [first] = definition.invalid?.split(",") ?? [];
  if (!first || !isNumberType(definition.type)) return undefined;
  const isPattern = /^0x/i.test(first.trim());
  if (!isPattern) return bytesOfOne({ ...definition, scale: 1, offset: 0 }, Number(first));
  const size = sizeOfOne(definition);
  const digits = first
    .trim()
    .slice(2)
    .padStart(size * 2, "0");
  return inOrder(Uint8Array.from(Buffer.from(digits, "hex")), definition.byteOrder);
}

function sizeOfOne(definition: Form): number {
  return Math.ceil(byteLengthOf(definition) / 2) * 2;
}

function bytesOfOne(definition: Form, value: unknown): Uint8Array {
  const { type, byteOrder, bit, fields } = definition;
  const bytes = new Uint8Array(sizeOfOne(definition));
  if (fields) {
    const parts: Readonly<Record<string, unknown>> = Object(value);
    for (const [name, { type: own, offset }] of Object.entries(fields)) {
      bytes.set(inOrder(rawBytesOf({ type: own }, parts[name]), byteOrder), offset);
    }
    return bytes;
  }
  const own =
    type === "boolean" ? bitBytes(value === true, bit ?? 0) : rawBytesOf(definition, value);
  if (type === "bytes" || type === "string") {
    bytes.set(own.subarray(0, definition.byteLength));
    return type === "bytes" ? bytes : inTextOrder(bytes, byteOrder);
  }
  bytes.set(own, bytes.length - own.length);
  // An int8 fills its register, sign and all.
  if (type === "int8" && (own[0] ?? 0) > 127) bytes[0] = 0xff;
  return inOrder(bytes, byteOrder);
}

function bitBytes(isSet: boolean, bit: number): Uint8Array {
  const word = isSet ? 1 << bit : 0;
  return Uint8Array.of(word >> 8, word & 0xff);
}

function rawBytesOf({ type, scale = 1, offset = 0 }: Form, value: unknown): Uint8Array {
  if (type === "boolean") return Uint8Array.of(value === true ? 1 : 0);
  if (type === "string") return new TextEncoder().encode(String(value));
  if (type === "bytes") return value instanceof Uint8Array ? value : new Uint8Array();
  if (typeof value === "bigint" && scale === 1 && offset === 0) return bytesOfNumber(type, value);
  return bytesOfNumber(type, (Number(value ?? 0) - offset) / scale);
}

function valueOfOne(definition: Form, kind: SimProperty["kind"], bytes: Uint8Array): unknown {
  const { type, byteOrder, bit, fields, byteLength } = definition;
  if (fields) {
    const entries = Object.entries(fields).map(([name, field]) => {
      const end = field.offset + byteLengthOf(field);
      const own = inOrder(bytes.subarray(field.offset, end), byteOrder);
      return [name, scalarOf({ type: field.type }, own)] as const;
    });
    return Object.fromEntries(entries);
  }
  if (type === "bytes") return bytes.slice(0, byteLength);
  if (type === "string") return textOf(inTextOrder(bytes, byteOrder).subarray(0, byteLength));
  const ordered = inOrder(bytes, byteOrder);
  if (type === "boolean" && bit !== undefined) {
    return (((((ordered[0] ?? 0) << 8) | (ordered[1] ?? 0)) >> bit) & 1) === 1;
  }
  const value = scalarOf(definition, ordered.subarray(ordered.length - byteLengthOf(definition)));
  return kind === "number" && typeof value === "bigint" ? Number(value) : value;
}

function scalarOf({ type, scale, offset }: Form, bytes: Uint8Array): unknown {
  if (!isNumberType(type)) return bytes.some((byte) => byte !== 0);
  const raw = numberOfBytes(type, bytes);
  if (raw === undefined || (scale === undefined && offset === undefined)) return raw;
  return Number((Number(raw) * (scale ?? 1) + (offset ?? 0)).toPrecision(15));
}

function inTextOrder(bytes: Uint8Array, order: Form["byteOrder"]): Uint8Array {
  return order === "BADC" || order === "DCBA" ? inOrder(bytes, "BADC") : bytes;
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
