import type { DataType } from "@mapperkit/api";
import { nearestShortDecimal } from "./short-float.ts";

/** One number as big-endian bytes at the start of a view. Undefined: the bytes are no number. */
export interface RawNumber {
  read(view: DataView): number | bigint | undefined;
  /** The value is in range and, but for floats, whole. */
  write(view: DataView, value: bigint | number): void;
}

type RawType = Exclude<DataType, "boolean" | "string" | "bytes">;

export const rawNumbers: Readonly<Record<RawType, RawNumber>> = {
  int8: { read: (v) => v.getInt8(0), write: (v, n) => v.setInt8(0, Number(n)) },
  uint8: { read: (v) => v.getUint8(0), write: (v, n) => v.setUint8(0, Number(n)) },
  int16: { read: (v) => v.getInt16(0), write: (v, n) => v.setInt16(0, Number(n)) },
  uint16: { read: (v) => v.getUint16(0), write: (v, n) => v.setUint16(0, Number(n)) },
  int32: { read: (v) => v.getInt32(0), write: (v, n) => v.setInt32(0, Number(n)) },
  uint32: { read: (v) => v.getUint32(0), write: (v, n) => v.setUint32(0, Number(n)) },
  int64: { read: (v) => v.getBigInt64(0), write: (v, n) => v.setBigInt64(0, BigInt(n)) },
  uint64: { read: (v) => v.getBigUint64(0), write: (v, n) => v.setBigUint64(0, BigInt(n)) },
  float16: {
    read: (v) => nearestShortDecimal(v.getFloat16(0), "float16"),
    write: (v, n) => v.setFloat16(0, Number(n)),
  },
  float32: {
    read: (v) => nearestShortDecimal(v.getFloat32(0), "float32"),
    write: (v, n) => v.setFloat32(0, Number(n)),
  },
  float64: { read: (v) => v.getFloat64(0), write: (v, n) => v.setFloat64(0, Number(n)) },
  bcd16: bcd(4),
  bcd32: bcd(8),
};

/** Four bits a decimal digit, the most significant first. */
function bcd(digits: 4 | 8): RawNumber {
  return {
    read(view) {
      const text = (digits === 4 ? view.getUint16(0) : view.getUint32(0)).toString(16);
      return /^\d+$/.test(text) ? Number(text) : undefined;
    },
    write(view, value) {
      const bits = Number.parseInt(String(value), 16);
      if (digits === 4) view.setUint16(0, bits);
      else view.setUint32(0, bits);
    },
  };
}
