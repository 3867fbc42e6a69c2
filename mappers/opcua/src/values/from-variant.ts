import { MapperkitError } from "@mapperkit/api";

/** A value as node-opcua holds it. Its types are the numbers of OPC UA part 6, table 1. */
export interface UaVariant {
  readonly dataType: number;
  readonly value: unknown;
}

/** OPC UA part 6, table 1. */
export const builtIn = {
  ...{ Boolean: 1, SByte: 2, Byte: 3, Int16: 4, UInt16: 5, Int32: 6, UInt32: 7, Int64: 8 },
  ...{ UInt64: 9, Float: 10, Double: 11, String: 12, DateTime: 13, Guid: 14, ByteString: 15 },
  ...{ XmlElement: 16, NodeId: 17, ExpandedNodeId: 18, StatusCode: 19, QualifiedName: 20 },
  LocalizedText: 21,
} as const;

/**
 * What a node shows, as the SDK takes it: numbers, bigints for 64 bits, text, bytes; lists as JSON.
 * @throws MapperkitError `invalid_input` with reason `typeMismatch` for what has no such form
 */
export function fromVariant(variant: UaVariant): unknown {
  try {
    return shownBy(variant);
  } catch (cause) {
    // A foreign object may throw whatever it likes when it is made text.
    throw cause instanceof MapperkitError ? cause : noValue(cause);
  }
}

function shownBy({ dataType, value }: UaVariant): unknown {
  if (value === null || value === undefined) return undefined;
  if (isList(dataType, value)) {
    const items = Array.from(value as Iterable<unknown>, (item) =>
      jsonOf(fromScalar(dataType, item)),
    );
    return `[${items.join(",")}]`;
  }
  return fromScalar(dataType, value);
}

function isList(dataType: number, value: unknown): boolean {
  if (dataType === builtIn.ByteString) return Array.isArray(value);
  // One 64-bit value is a pair of its halves.
  if (isLong(dataType)) return Array.isArray(value) && Array.isArray(value[0]);
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function fromScalar(dataType: number, value: unknown): unknown {
  if (value === null) return null;
  if (isLong(dataType)) return longOf(dataType, value);
  switch (dataType) {
    case builtIn.DateTime:
      if (value instanceof Date) return value.toISOString();
      break;
    case builtIn.LocalizedText:
      if (typeof value === "object" && value && "text" in value) return String(value.text ?? "");
      break;
    case builtIn.QualifiedName:
    case builtIn.NodeId:
    case builtIn.ExpandedNodeId:
    case builtIn.StatusCode:
      return String(value);
    case builtIn.Float:
      return typeof value === "number" ? shortest(value) : value;
  }
  if (value instanceof Uint8Array || typeof value !== "object") return value;
  throw noValue();
}

function noValue(cause?: unknown): MapperkitError {
  const message = "the node shows a structure, which no property holds";
  return new MapperkitError("invalid_input", message, {
    ...(cause !== undefined && { cause }),
    details: { reason: "typeMismatch" },
  });
}

/** node-opcua holds 64 bits as [high, low]. */
function longOf(dataType: number, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [high = 0, low = 0] = value as number[];
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return dataType === builtIn.Int64 ? BigInt.asIntN(64, bits) : bits;
}

/** 20.1 as a 32-bit number is 20.100000381…: people mean the shortest number that it is. */
function shortest(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits <= 9; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

function isLong(dataType: number): boolean {
  return dataType === builtIn.Int64 || dataType === builtIn.UInt64;
}

function jsonOf(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  return JSON.stringify(value) ?? "null";
}
