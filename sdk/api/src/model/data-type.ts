/** How each type of a value on the wire reads in TypeScript. 64-bit integers are exact. */
export interface TypeMap {
  boolean: boolean;
  int8: number;
  uint8: number;
  int16: number;
  uint16: number;
  int32: number;
  uint32: number;
  int64: bigint;
  uint64: bigint;
  float16: number;
  float32: number;
  float64: number;
  bcd16: number;
  bcd32: number;
  string: string;
  bytes: Uint8Array;
}
export type DataType = keyof TypeMap;

/** Order of the bytes of a value in its 16-bit words: `ABCD` is big-endian, `DCBA` little-endian. */
export type ByteOrder = "ABCD" | "DCBA" | "BADC" | "CDAB";
export const byteOrders = ["ABCD", "DCBA", "BADC", "CDAB"] as const satisfies ByteOrder[];

type NumericType = Exclude<DataType, "boolean" | "string" | "bytes">;

/** Width in bytes and the least and greatest raw value; floats have no integer bounds. */
interface NumericForm {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly kind: "integer" | "float" | "bcd";
  readonly least: bigint;
  readonly greatest: bigint;
}

export const numericForms: Readonly<Record<NumericType, NumericForm>> = {
  int8: signed(1),
  uint8: unsigned(1),
  int16: signed(2),
  uint16: unsigned(2),
  int32: signed(4),
  uint32: unsigned(4),
  int64: signed(8),
  uint64: unsigned(8),
  float16: float(2, 65_504n),
  float32: float(4, BigInt(3.402_823_466_385_288_6e38)),
  float64: float(8, BigInt(Number.MAX_VALUE)),
  bcd16: { bytes: 2, kind: "bcd", least: 0n, greatest: 9999n },
  bcd32: { bytes: 4, kind: "bcd", least: 0n, greatest: 99_999_999n },
};

export const dataTypes: readonly DataType[] = [
  "boolean",
  ...(Object.keys(numericForms) as NumericType[]),
  "string",
  "bytes",
];

export function isDataType(word: unknown): word is DataType {
  return dataTypes.some((type) => type === word);
}

export function isNumericType(type: DataType): type is NumericType {
  return Object.hasOwn(numericForms, type);
}

function signed(bytes: NumericForm["bytes"]): NumericForm {
  const half = 2n ** BigInt(bytes * 8 - 1);
  return { bytes, kind: "integer", least: -half, greatest: half - 1n };
}

function unsigned(bytes: NumericForm["bytes"]): NumericForm {
  return { bytes, kind: "integer", least: 0n, greatest: 2n ** BigInt(bytes * 8) - 1n };
}

function float(bytes: NumericForm["bytes"], greatest: bigint): NumericForm {
  return { bytes, kind: "float", least: -greatest, greatest };
}
