import { z } from "zod";
import type { DeviceFault } from "../device/device-fault.ts";
import { describeValue } from "../errors.ts";
import { byteOrders, type DataType, dataTypes } from "./data-type.ts";
import { parseStructFields } from "./struct-fields.ts";

/** Numbers travel as numbers or, through peers that only know text, as decimals. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const numberLike = z.preprocess(
  (value) => (typeof value === "string" && DECIMAL.test(value) ? Number(value) : value),
  z.number("must be a number"),
);
const count = numberLike.pipe(z.number().int("must be a whole number").min(1, "must be 1 or more"));
const notNegative = numberLike.pipe(z.number().min(0, "must be 0 or more"));
const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean("must be true or false"),
);

/**
 * The keys of a visitor's `configData` that are the same for every protocol (additions.md): the
 * exact form on the wire, and the rules of reporting and writing.
 */
const factSchemas = {
  dataType: z.enum(dataTypes as [DataType], `must be one of ${dataTypes.join(", ")}`),
  byteOrder: z.enum(byteOrders, `must be one of ${byteOrders.join(", ")}`),
  bit: numberLike.pipe(z.number().int("must be a whole number").min(0, "must be 0 or more")),
  arrayLength: count,
  byteLength: count,
  scale: numberLike.refine((scale) => scale !== 0, "must not be 0"),
  offset: numberLike,
  precision: numberLike.pipe(z.number().int().min(0).max(15, "must be 15 or less")),
  invalid: z.string("must be a list such as 0x7fff,NaN"),
  deadband: notNegative,
  deadbandPercent: notNegative.pipe(z.number().max(100, "must be 100 or less")),
  heartbeatMs: notNegative,
  verify: z.enum(["none", "ack", "readback"], "must be one of none, ack, readback"),
  verifyWithinMs: numberLike.pipe(z.number().positive("must be more than 0")),
  verifyTolerance: notNegative,
  history: notNegative.pipe(z.number().int("must be a whole number")),
  everySample: flag,
  sampleSink: z.string("must be text"),
  writeOnly: flag,
  fields: z.string("must be a list such as level:int16@0,flow:float32@2").refine(isStruct, {
    error: "must be a list such as level:int16@0,flow:float32@2",
  }),
};

export const propertyFacts = z.strictObject(factSchemas).partial();
export type PropertyFacts = z.infer<typeof propertyFacts>;
export const factKeys: ReadonlySet<string> = new Set(Object.keys(factSchemas));

export interface ReadFacts {
  readonly facts: PropertyFacts;
  /** What is the protocol's own: for the mapper's visitor schema. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** `InvalidVisitor`, one for each key that is wrong. */
  readonly faults: readonly DeviceFault[];
}

/**
 * Reads the keys that every protocol shares out of a property's `visitors.configData`. With
 * `protocolKeys`, a key that is neither shared nor the protocol's is refused by name; without, it
 * is left to the protocol. Total: what is wrong becomes a fault, and its key is left out.
 */
export function readPropertyFacts(
  property: string,
  configData: Readonly<Record<string, unknown>>,
  protocolKeys?: Iterable<string>,
): ReadFacts {
  const own = protocolKeys && new Set(protocolKeys);
  const entries = Object.entries(configData);
  const isShared = (key: string) => factKeys.has(key) && !own?.has(key);
  const shared = new Map(entries.filter(([key]) => isShared(key)));
  const others = entries.filter(([key]) => !isShared(key));
  const faults = others
    .filter(([key]) => own && !own.has(key))
    .map(([key, value]) => unknownKey(property, key, value, [...factKeys, ...(own ?? [])]));
  const rest = Object.fromEntries(others.filter(([key]) => !own || own.has(key)));

  const result = propertyFacts.safeParse(Object.fromEntries(shared));
  if (result.success) return { facts: result.data, rest, faults };
  for (const issue of result.error.issues) {
    const key = String(issue.path[0] ?? "");
    const shown = describeValue(configData[key]);
    faults.push(factFault(property, key, `is ${shown}, ${issue.message}`));
    shared.delete(key);
  }
  return { facts: propertyFacts.parse(Object.fromEntries(shared)), rest, faults };
}

function unknownKey(
  property: string,
  key: string,
  value: unknown,
  known: readonly string[],
): DeviceFault {
  const what = `is ${describeValue(value)}, but is no key of this protocol; known: ${known.join(", ")}`;
  return factFault(property, key, what);
}

function factFault(property: string, key: string, what: string): DeviceFault {
  const field = `spec.properties[${property}].visitors.configData.${key}`;
  return { field, property, reason: "InvalidVisitor", message: `${field} ${what}` };
}

function isStruct(text: string): boolean {
  return parseStructFields(text) !== undefined;
}
