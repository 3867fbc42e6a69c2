import { type ModelProperty, parsePartialTwinUpdate, type TwinDocument } from "@mapperkit/api";
import { applyEdgeUpdate, documentOf, type UpdateEffect } from "../edge-update.ts";
import type { PropertyRules } from "../property-rules.ts";
import type { PropertyTwin } from "../property-twin.ts";

export const NOW = 1_700_000_000_000;
export const open: PropertyRules = { maxValueBytes: 64 };
const model: ModelProperty[] = [
  { name: "status", type: "STRING", accessMode: "ReadWrite" },
  { name: "count", type: "INT", accessMode: "ReadOnly" },
  { name: "setpoint", type: "DOUBLE", accessMode: "ReadWrite", minimum: "0", maximum: "90" },
];
export const known: PropertyRules = {
  maxValueBytes: 64,
  properties: new Map(model.map((property) => [property.name, property])),
};

export type Twin = ReadonlyMap<string, PropertyTwin>;

/** What an update does, its document, and the twin after it. */
export function update(
  twin: Twin,
  properties: unknown,
  options: { rules?: PropertyRules; atomic?: boolean; now?: number } = {},
): UpdateEffect & { after: Twin; document: TwinDocument["twin"] } {
  const { rules = open, atomic, now = NOW } = options;
  const body = JSON.stringify({ event_id: "e", timestamp: 1, twin: properties, atomic });
  const effect = applyEdgeUpdate(twin, parsePartialTwinUpdate(body), { rules, now });
  const after = new Map(twin);
  for (const change of effect.changes) after.set(change.property, change.after);
  return { ...effect, after, document: documentOf(effect.changes) };
}

export const empty: Twin = new Map();
