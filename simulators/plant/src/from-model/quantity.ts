import { isNumericType, numericForms } from "@mapperkit/api";
import type { SimProperty } from "../simulated/sim-model.ts";

/** What a quantity is like in the world: where it is, how far it wanders, how slowly. */
export interface Quantity {
  readonly typical: number;
  /** Spread around it. */
  readonly spread: number;
  /** Seconds after which a deviation has shrunk to 37 %. */
  readonly relaxationS: number;
}

/** By unit (UCUM). */
const QUANTITIES: Readonly<Record<string, Quantity>> = {
  Cel: { typical: 21, spread: 0.3, relaxationS: 300 },
  K: { typical: 294, spread: 0.3, relaxationS: 300 },
  "[degF]": { typical: 70, spread: 0.5, relaxationS: 300 },
  V: { typical: 230, spread: 1, relaxationS: 20 },
  mV: { typical: 3300, spread: 5, relaxationS: 20 },
  A: { typical: 4, spread: 0.3, relaxationS: 30 },
  mA: { typical: 12, spread: 0.2, relaxationS: 30 },
  W: { typical: 900, spread: 60, relaxationS: 60 },
  kW: { typical: 12, spread: 0.8, relaxationS: 60 },
  VA: { typical: 950, spread: 60, relaxationS: 60 },
  var: { typical: 200, spread: 15, relaxationS: 60 },
  Hz: { typical: 50, spread: 0.015, relaxationS: 10 },
  "%": { typical: 48, spread: 2, relaxationS: 600 },
  bar: { typical: 2.4, spread: 0.05, relaxationS: 60 },
  hPa: { typical: 1013, spread: 1, relaxationS: 3600 },
  kPa: { typical: 101.3, spread: 0.1, relaxationS: 3600 },
  Pa: { typical: 101_325, spread: 100, relaxationS: 3600 },
  "m3/h": { typical: 12, spread: 0.4, relaxationS: 60 },
  "L/min": { typical: 20, spread: 0.8, relaxationS: 60 },
  "/min": { typical: 1450, spread: 6, relaxationS: 20 },
  "m/s": { typical: 3, spread: 0.4, relaxationS: 30 },
  lx: { typical: 420, spread: 20, relaxationS: 300 },
  "[ppm]": { typical: 620, spread: 25, relaxationS: 600 },
  "dB[SPL]": { typical: 45, spread: 2, relaxationS: 20 },
  mm: { typical: 120, spread: 1, relaxationS: 120 },
};
const POWER_FACTOR: Quantity = { typical: 0.95, spread: 0.01, relaxationS: 60 };

/** The least and the greatest value that a property can show. */
export interface Limits {
  readonly least: number;
  readonly greatest: number;
}

/** From the model's bounds and from what fits into its type. */
export function limitsOf({ definition, kind }: SimProperty): Limits {
  const { type, scale = 1, offset = 0, minimum, maximum } = definition;
  // An integer of no given width is held as a number, and people's numbers are small.
  const isLoose = kind === "number" && (type === "int64" || type === "uint64");
  const form = isNumericType(type) && !isLoose ? numericForms[type] : undefined;
  const raw = form
    ? [Number(form.least) * scale + offset, Number(form.greatest) * scale + offset]
    : [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  return {
    least: Math.max(Math.min(...raw), Number(minimum ?? Number.NEGATIVE_INFINITY)),
    greatest: Math.min(Math.max(...raw), Number(maximum ?? Number.POSITIVE_INFINITY)),
  };
}

/** What a property's value is like; within its limits, whatever its unit says. */
export function quantityOf(property: SimProperty): Quantity {
  const { name, definition } = property;
  const limits = limitsOf(property);
  const isFactor = /factor|cos_?phi/i.test(name);
  const known = isFactor ? POWER_FACTOR : QUANTITIES[definition.unit ?? ""];
  if (known && known.typical >= limits.least && known.typical <= limits.greatest) return known;
  return inTheMiddle(definition.minimum, definition.maximum, limits);
}

function inTheMiddle(minimum: unknown, maximum: unknown, { least, greatest }: Limits): Quantity {
  const low = minimum === undefined ? Math.max(least, 0) : least;
  const high = maximum === undefined ? Math.min(greatest, Math.max(low, 0) + 100) : greatest;
  const typical = (low + high) / 2;
  return { typical, spread: (high - low) / 100, relaxationS: 60 };
}
