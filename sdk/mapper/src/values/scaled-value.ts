import {
  isNumericType,
  MapperkitError,
  numericForms,
  type PropertyDefinition,
} from "@mapperkit/api";
import { createScaling } from "../codec/scaling.ts";
import type { PropertyValue } from "./property-value.ts";

/** Engineering units of values that a driver reads and writes as the device has them. */
export interface ValueScaling {
  toEngineering(raw: PropertyValue): PropertyValue;
  /** @throws MapperkitError `invalid_input` when the form on the wire cannot hold it: nothing is wrapped */
  toRaw(value: PropertyValue): PropertyValue;
}

/** Undefined when values are not scaled. Text and booleans are never scaled. */
export function createValueScaling(
  definition: PropertyDefinition,
  /** Whether the visitor names the form on the wire, so that its range is known. */
  hasForm: boolean,
): ValueScaling | undefined {
  const scaling = createScaling(definition);
  if (!scaling) return undefined;
  const { type } = definition;
  const form = hasForm && isNumericType(type) ? numericForms[type] : undefined;
  return {
    toEngineering: (raw) => (isNumber(raw) ? scaling.toEngineering(raw) : raw),
    toRaw(value) {
      if (!isNumber(value)) return value;
      if (!form || form.kind === "float") return scaling.toFloatRaw(value);
      const raw = scaling.toWholeRaw(value);
      if (raw >= form.least && raw <= form.greatest) return plain(raw);
      const ends = [form.least, form.greatest].map((end) => scaling.toEngineering(end));
      const [low, high] = ends.sort((a, b) => a - b);
      const message = `value is ${value}, must be a number of ${low} to ${high} (${type}, scaled)`;
      throw new MapperkitError("invalid_input", message, { details: { reason: "outOfRange" } });
    },
  };
}

function isNumber(value: PropertyValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function plain(raw: bigint): number | bigint {
  const number = Number(raw);
  return Number.isSafeInteger(number) ? number : raw;
}
