import type { ByteOrder, DataType, TypeMap } from "./data-type.ts";

/** One part of a struct, `offset` bytes from the property's start. */
export interface StructField {
  readonly offset: number;
  readonly type: Exclude<DataType, "string" | "bytes">;
}

/** How a write is proved: by nothing, by the device's answer, by reading back (default 2 s, equal). */
export type VerifyRule =
  | "none"
  | "ack"
  | "readback"
  | { readonly tolerance?: number; readonly within?: string };

/** Where a protocol finds a property: flat scalars, so that they survive every KubeEdge peer. */
export type Visitors = Readonly<Record<string, string | number | boolean>>;

/** A property as its author declares it: its form on the wire, its meaning, and its rules. */
export interface PropertyDefinition {
  readonly type: DataType;
  /** Default ReadOnly. */
  readonly accessMode?: "ReadOnly" | "ReadWrite" | "WriteOnly";
  readonly description?: string;
  /** UCUM. */
  readonly unit?: string;
  /** Bounds in engineering units; a bigint where a number would not be exact. */
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  /** Makes the value an array of this many elements, read in one request. */
  readonly arrayLength?: number;
  /** Bytes of a string, of bytes, or of a struct. */
  readonly byteLength?: number;
  /** Engineering value = raw × scale + offset. */
  readonly scale?: number;
  readonly offset?: number;
  /** Decimals that are reported. */
  readonly precision?: number;
  readonly deadband?: { readonly absolute?: number; readonly percent?: number };
  /** Longest time without a report, e.g. `1m`. */
  readonly heartbeat?: string;
  readonly verify?: VerifyRule;
  readonly byteOrder?: ByteOrder;
  /** A boolean inside a 16-bit register: 0 is the least significant bit. */
  readonly bit?: number;
  /** Raw values that mean "no value": `0x7fff,NaN`. Hexadecimal is a bit pattern. */
  readonly invalid?: string;
  /** Makes the value a struct; the property's type is then `bytes`. */
  readonly fields?: Readonly<Record<string, StructField>>;
  /** Samples kept at the edge. */
  readonly history?: number;
  /** Every sample travels, not only changes; `sampleSink` names where to. */
  readonly everySample?: boolean;
  readonly sampleSink?: string;
  readonly visitors?: Visitors;
}

export type PropertyDefinitions = Readonly<Record<string, PropertyDefinition>>;

/** A device model in TypeScript. `toDeviceModel` makes the Kubernetes object of it. */
export interface ModelDefinition<P extends PropertyDefinitions = PropertyDefinitions> {
  readonly name: string;
  readonly properties: P;
}

/** Declares a model; its property names, access modes and value types are checked by the compiler. */
export function defineModel<const P extends PropertyDefinitions>(
  name: string,
  properties: P,
): ModelDefinition<P> {
  return { name, properties };
}

type ScalarOf<P extends PropertyDefinition> = P extends { scale: number } | { offset: number }
  ? number
  : TypeMap[P["type"]];

/** The TypeScript type of a property's value: scaled integers are numbers, 64 bits are bigint. */
export type ValueOf<P extends PropertyDefinition> = P extends {
  fields: infer F extends Readonly<Record<string, StructField>>;
}
  ? { readonly [K in keyof F]: TypeMap[F[K]["type"]] }
  : P extends { arrayLength: number }
    ? readonly ScalarOf<P>[]
    : ScalarOf<P>;

/** Names of the properties that can be read. */
export type Readable<P> = {
  [K in keyof P]: P[K] extends { accessMode: "WriteOnly" } ? never : K;
}[keyof P];

/** Names of the properties that can be written. */
export type Writable<P> = {
  [K in keyof P]: P[K] extends { accessMode: "ReadWrite" | "WriteOnly" } ? K : never;
}[keyof P];
