import { byteLengthOf, MapperkitError } from "@mapperkit/api";
import type { Sample } from "../values/sample.ts";
import { booleanFrom, createBooleanCodec } from "./boolean-codec.ts";
import type { ElementCodec } from "./element-codec.ts";
import { type AddressBits, type Encoding, refusal } from "./encoding.ts";
import { createNumberCodec } from "./number-codec.ts";
import { bitAt, packBits } from "./packed-bits.ts";
import { createStructCodec } from "./struct-codec.ts";
import { createBytesCodec, createStringCodec } from "./text-codec.ts";

export type DecodedValue = Pick<Sample, "value" | "quality" | "reason">;

/** Turns the bytes behind a property's addresses into its value, and back. Pure. */
export interface ValueCodec {
  /** Bytes that decode() takes and encode() gives. */
  readonly size: number;
  /** Whether encode() needs the present bytes, since the value fills only a part of them. */
  readonly needsCurrent: boolean;
  /** Total: bytes that hold no value give quality Bad and the reason, never a value. */
  decode(bytes: Uint8Array): DecodedValue;
  /** @throws MapperkitError `invalid_input` naming value and range: nothing is ever wrapped */
  encode(value: unknown, current?: Uint8Array): Uint8Array;
}

/**
 * The codec of a property in a space whose addresses have so many bits.
 * @throws MapperkitError `invalid_input` naming the field, for an encoding that cannot be
 */
export function createCodec(encoding: Encoding, addressBits: AddressBits = 16): ValueCodec {
  const count = encoding.arrayLength;
  if (addressBits === 1) return createPackedCodec(encoding, count);
  const element = createElementCodec(encoding, addressBits);
  const size = element.size * (count ?? 1);
  const needsCurrent = encoding.bit !== undefined || hasGaps(encoding, size);
  const inner = count === undefined ? element : createArrayCodec(element, count);
  return {
    size,
    needsCurrent,
    decode(bytes) {
      if (bytes.length !== size) return bad("protocolError");
      const { value, reason } = inner.decode(bytes);
      return reason ? bad(reason) : good(value);
    },
    encode: (value, current) => inner.encode(value, current),
  };
}

function createElementCodec(encoding: Encoding, addressBits: 8 | 16): ElementCodec {
  if (encoding.fields) return createStructCodec(encoding, addressBits);
  switch (encoding.type) {
    case "boolean":
      return createBooleanCodec(encoding, addressBits);
    case "string":
      return createStringCodec(encoding, addressBits);
    case "bytes":
      return createBytesCodec(encoding, addressBits);
    default: {
      const codec = createNumberCodec(encoding, addressBits);
      if (codec) return codec;
      throw new MapperkitError(
        "invalid_input",
        `type is "${encoding.type}", which no codec knows`,
        {
          details: { field: "type" },
        },
      );
    }
  }
}

/** A struct whose fields leave bytes free shares its addresses with what lies there. */
function hasGaps({ fields }: Encoding, size: number): boolean {
  if (!fields) return false;
  const covered = new Set<number>();
  for (const { type, offset } of Object.values(fields)) {
    for (let i = 0; i < byteLengthOf({ type }); i++) covered.add(offset + i);
  }
  return covered.size < size;
}

/** One element that is Bad makes the array Bad: half a measurement is none. */
function createArrayCodec(element: ElementCodec, count: number): ElementCodec {
  const { size } = element;
  return {
    size: size * count,
    decode(bytes) {
      const values: unknown[] = [];
      for (let i = 0; i < count; i++) {
        const part = element.decode(bytes.subarray(i * size, (i + 1) * size));
        if (part.reason) return part;
        values.push(part.value);
      }
      return { value: values };
    },
    encode(value) {
      if (!Array.isArray(value)) throw refusal(value, `an array of ${count}`, "typeMismatch");
      if (value.length !== count) throw refusal(value, `an array of ${count}`, "outOfRange");
      const bytes = new Uint8Array(size * count);
      for (const [i, one] of value.entries()) bytes.set(element.encode(one), i * size);
      return bytes;
    },
  };
}

/** Coils and discrete inputs: booleans, packed. */
function createPackedCodec(encoding: Encoding, count: number | undefined): ValueCodec {
  if (encoding.type !== "boolean" || encoding.bit !== undefined) {
    const message = `type is "${encoding.type}", must be boolean without a bit where an address is one bit`;
    throw new MapperkitError("invalid_input", message, { details: { field: "type" } });
  }
  const length = count ?? 1;
  const size = Math.ceil(length / 8);
  return {
    size,
    needsCurrent: false,
    decode(bytes) {
      if (bytes.length !== size) return bad("protocolError");
      const bits = Array.from({ length }, (_, i) => bitAt(bytes, i));
      return good(count === undefined ? bits[0] : bits);
    },
    encode(value) {
      if (count === undefined) return packBits([booleanFrom(value)]);
      if (!Array.isArray(value)) throw refusal(value, `an array of ${count}`, "typeMismatch");
      if (value.length !== count) throw refusal(value, `an array of ${count}`, "outOfRange");
      return packBits(value.map(booleanFrom));
    },
  };
}

function good(value: unknown): DecodedValue {
  return { value, quality: "Good", reason: "ok" };
}

function bad(reason: DecodedValue["reason"]): DecodedValue {
  return { value: undefined, quality: "Bad", reason };
}
