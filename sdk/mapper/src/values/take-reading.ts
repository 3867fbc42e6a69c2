import { MapperkitError } from "@mapperkit/api";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import { formatValue, toPropertyValue } from "./property-value.ts";
import type { Quality, QualityReason, Reading, Sample } from "./sample.ts";

const QUALITIES: ReadonlySet<unknown> = new Set<Quality>(["Good", "Uncertain", "Bad"]);
const KEYS: ReadonlySet<string> = new Set<keyof Reading | keyof Sample>([
  "value",
  "quality",
  "reason",
  "sourceTimestamp",
  "gatherTimestamp",
]);
const DEFAULT_REASON = { Good: "ok", Uncertain: "lastKnown", Bad: "protocolError" } as const;

/** What the device told, as a sample whose value is the twin's text. */
export type Taken = Pick<Sample<string>, "value" | "quality" | "reason" | "sourceTimestamp">;

/**
 * Reads what a driver gave for a property, bare or as a Reading.
 * @throws MapperkitError `invalid_input` with `details.reason` when it is no value of the type
 */
export function takeReading(plan: PropertyPlan, told: unknown): Taken {
  const reading = isReading(told) ? told : { value: told };
  const { value, sourceTimestamp } = reading;
  const quality = qualityOf(reading);
  const reason: QualityReason = reading.reason ?? DEFAULT_REASON[quality];
  const time = Number.isFinite(sourceTimestamp) && sourceTimestamp ? { sourceTimestamp } : {};
  if (quality === "Bad" && value === undefined)
    return { value: undefined, quality, reason, ...time };
  if (plan.sentinels.includes(String(value).trim())) {
    return { value: undefined, quality: "Bad", reason: "sensorFault", ...time };
  }
  return { value: textOf(plan, value), quality, reason, ...time };
}

function qualityOf({ quality, value }: Reading): Quality {
  if (quality === undefined) return value === undefined ? "Bad" : "Good";
  if (QUALITIES.has(quality)) return quality;
  throw new MapperkitError(
    "invalid_input",
    `quality is ${String(quality)}, expected Good, Uncertain or Bad`,
  );
}

function textOf({ type, definition, scaling, place }: PropertyPlan, value: unknown): string {
  // The codec has judged it already, and knows arrays and structs.
  if (place && typeof value === "string") return value;
  const { precision } = definition;
  const raw = toPropertyValue(type, value, definition.type);
  const own = scaling ? scaling.toEngineering(raw) : raw;
  const isRounded = precision !== undefined && typeof own === "number";
  return formatValue(isRounded ? Number(own.toFixed(precision)) : own);
}

/** A bare `undefined` is no value; an object that is no Reading is none either. */
function isReading(told: unknown): told is Reading {
  if (typeof told !== "object" || told === null || told instanceof Uint8Array) return false;
  const keys = Object.keys(told);
  return ("value" in told || "quality" in told) && keys.every((key) => KEYS.has(key));
}
