import { MapperkitError } from "@mapperkit/api";
import type { SimProperty } from "@mapperkit/sim-plant";
import { DataType, type Variant } from "node-opcua-client";

const TYPES: Readonly<Record<string, DataType>> = {
  boolean: DataType.Boolean,
  ...{ int8: DataType.SByte, uint8: DataType.Byte, int16: DataType.Int16 },
  ...{ uint16: DataType.UInt16, int32: DataType.Int32, uint32: DataType.UInt32 },
  ...{ int64: DataType.Int64, uint64: DataType.UInt64 },
  ...{ float32: DataType.Float, float64: DataType.Double },
  ...{ string: DataType.String, bytes: DataType.ByteString },
};

/** How a property stands in the address space, written anew here: no mapper's codec is used. */
export interface NodeForm {
  readonly dataType: DataType;
  readonly isList: boolean;
  /** What the plant holds, as a node shows it. */
  toNode(value: unknown): unknown;
  /** What a client wrote, as the plant holds it; undefined when it is none of the type. */
  fromNode(variant: Variant): unknown;
}

/** @throws MapperkitError `invalid_input` naming a property that OPC UA has no form for */
export function nodeFormOf(property: SimProperty): NodeForm {
  const { definition, name } = property;
  const { type, arrayLength, fields } = definition;
  const dataType = TYPES[type];
  if (dataType === undefined || fields) {
    const what = fields ? "a struct" : type;
    throw new MapperkitError(
      "invalid_input",
      `properties[${name}].type is ${what}, which has no form in OPC UA`,
      { details: { field: `properties[${name}].type` } },
    );
  }
  const isList = arrayLength !== undefined;
  const one = (value: unknown) => rawOf(property, dataType, value);
  const back = (value: unknown) => heldOf(property, dataType, value);
  return {
    dataType,
    isList,
    toNode: (value) => (isList ? listOf(value).map(one) : one(value)),
    fromNode({ value }) {
      if (!isList) return back(value);
      const items = listOf(value).map(back);
      return items.length === arrayLength && !items.includes(undefined) ? items : undefined;
    },
  };
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as Iterable<unknown>) : [];
}

function rawOf({ definition }: SimProperty, dataType: DataType, value: unknown): unknown {
  const { scale = 1, offset = 0 } = definition;
  if (isLong(dataType)) return halvesOf(BigInt(Math.round(Number(value ?? 0))), value);
  if (typeof value !== "number") return value;
  const raw = scale === 1 && offset === 0 ? value : (value - offset) / scale;
  const isWhole = dataType !== DataType.Float && dataType !== DataType.Double;
  return isWhole ? Math.round(raw) : raw;
}

function heldOf({ definition, kind }: SimProperty, dataType: DataType, value: unknown): unknown {
  const { scale = 1, offset = 0 } = definition;
  if (isLong(dataType)) {
    const whole = wholeOf(value);
    if (whole === undefined) return undefined;
    const signed = dataType === DataType.Int64 ? BigInt.asIntN(64, whole) : whole;
    return kind === "bigint" ? signed : Number(signed) * scale + offset;
  }
  switch (kind) {
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "number":
      return typeof value === "number" ? value * scale + offset : undefined;
    case "text":
      return typeof value === "string" ? value : undefined;
    default:
      return value instanceof Uint8Array ? new Uint8Array(value) : undefined;
  }
}

function isLong(dataType: DataType): boolean {
  return dataType === DataType.Int64 || dataType === DataType.UInt64;
}

/** node-opcua holds 64 bits as [high, low]. */
function halvesOf(rounded: bigint, value: unknown): [number, number] {
  const bits = BigInt.asUintN(64, typeof value === "bigint" ? value : rounded);
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}

function wholeOf(value: unknown): bigint | undefined {
  if (!Array.isArray(value)) return undefined;
  const [high, low] = value as number[];
  return (BigInt((high ?? 0) >>> 0) << 32n) | BigInt((low ?? 0) >>> 0);
}
