import { byteLengthOf } from "@mapperkit/api";
import { createBooleanCodec } from "./boolean-codec.ts";
import type { ElementCodec } from "./element-codec.ts";
import { type AddressBits, type Encoding, elementBytesOf, refusal } from "./encoding.ts";
import { createNumberCodec } from "./number-codec.ts";

/** Fields at byte offsets, each in the property's byte order. One that is Bad makes all Bad. */
export function createStructCodec(
  encoding: Encoding,
  addressBits: Exclude<AddressBits, 1>,
): ElementCodec {
  const size = elementBytesOf(encoding, addressBits);
  const order = encoding.byteOrder === undefined ? {} : { byteOrder: encoding.byteOrder };
  const fields = Object.entries(encoding.fields ?? {}).map(([name, { type, offset }]) => {
    const own = { type, ...order };
    const codec = createNumberCodec(own, 8) ?? createBooleanCodec(own, 8);
    return { name, offset, end: offset + byteLengthOf(own), codec };
  });
  const names = fields.map(({ name }) => name).join(", ");
  return {
    size,
    decode(bytes) {
      const values: [string, unknown][] = [];
      for (const { name, offset, end, codec } of fields) {
        const part = codec.decode(bytes.subarray(offset, end));
        if (part.reason) return part;
        values.push([name, part.value]);
      }
      return { value: Object.fromEntries(values) };
    },
    encode(value, current) {
      if (typeof value !== "object" || value === null) {
        throw refusal(value, `an object of ${names}`, "typeMismatch");
      }
      const given = new Map(Object.entries(value));
      const bytes = new Uint8Array(size);
      if (current?.length === size) bytes.set(current);
      for (const { name, offset, codec } of fields) {
        if (!given.has(name)) throw refusal(value, `an object of ${names}`, "typeMismatch");
        bytes.set(codec.encode(given.get(name)), offset);
      }
      return bytes;
    },
  };
}
