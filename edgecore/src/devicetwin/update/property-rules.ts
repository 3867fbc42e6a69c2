import {
  checkDesired,
  checkValueOfType,
  type DeviceModel,
  type ModelProperty,
  type PropertyRefusal,
  type TwinValue,
} from "@mapperkit/api";
import type { TwinSide } from "./property-twin.ts";
import type { Sampling } from "./sampling.ts";

/** What may be in a device's twin: the model's word where the model is known at the edge. */
export interface PropertyRules {
  /** Absent while the model is unknown; then any property is taken. */
  readonly properties?: ReadonlyMap<string, ModelProperty>;
  /** UTF-8 bytes */
  readonly maxValueBytes: number;
  /** Properties of which more is asked than the latest value. */
  readonly sampling?: ReadonlyMap<string, Sampling> | undefined;
}

export function rulesOf(model: DeviceModel | undefined, maxValueBytes: number): PropertyRules {
  return model ? { properties: propertiesOf(model), maxValueBytes } : { maxValueBytes };
}

export function propertiesOf({ spec }: DeviceModel): ReadonlyMap<string, ModelProperty> {
  return new Map(spec?.properties?.map((property) => [property.name, property]));
}

/** Twin types of the contract and ours (additions.md). */
const TWIN_TYPES: ReadonlySet<string> = new Set([
  "string",
  "int",
  "integer",
  "float",
  "double",
  "boolean",
  "bytes",
  "array",
  "object",
]);

/**
 * The type that a property has: the model's, else the stored one, else the sender's. A sender's
 * unknown word (public samples say `Updated`) matters only where nothing else tells the type.
 */
export function typeOf(
  model: ModelProperty | undefined,
  stored: string | undefined,
  sent: string | undefined,
): string | PropertyRefusal {
  if (model?.type !== undefined) {
    const type = model.type.toLowerCase();
    return TWIN_TYPES.has(type) ? type : "string";
  }
  if (stored !== undefined) return stored;
  if (sent === undefined || sent === "") return "string";
  if (TWIN_TYPES.has(sent)) return sent;
  return model ? "string" : refusal(400, "the value type is not allowed");
}

export function checkSide(
  side: TwinSide,
  { value, metadata }: TwinValue & { readonly value: string },
  type: string,
  property: ModelProperty | undefined,
  rules: PropertyRules,
): PropertyRefusal | undefined {
  const bytes = Buffer.byteLength(value);
  if (bytes > rules.maxValueBytes) {
    return refusal(
      413,
      `the ${side} value has ${bytes} bytes, must have ${rules.maxValueBytes} at most`,
    );
  }
  // Whole and logical numbers have no word for "there is no value": with Bad it is no text at all.
  if (side === "actual" && value === "" && metadata?.quality === "Bad") return undefined;
  const reason = checkValueOfType(type, value);
  if (reason !== undefined) return refusal(400, reason);
  // An empty expected value asks for nothing (mqtt-topics §2.3), so there is nothing to forbid.
  if (side === "actual" || property === undefined || value === "") return undefined;
  const fault = checkDesired(property, value);
  return fault && refusal(400, fault.message.replace(fault.field, `expected of ${property.name}`));
}

export function refusal(code: number, reason: string): PropertyRefusal {
  return { code, reason };
}

export function isRefusal(value: unknown): value is PropertyRefusal {
  return typeof value === "object" && value !== null && "code" in value && "reason" in value;
}
