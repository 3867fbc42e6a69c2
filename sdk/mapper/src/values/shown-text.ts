import { formatDecoded, parseDecoded } from "../codec/index.ts";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import { formatValue, type PropertyValue } from "./property-value.ts";

/**
 * The twin's text of a value once the device holds it: through the form on the wire and back, so
 * that 20.04 in tenths is 20.
 * @throws MapperkitError `invalid_input` when the form on the wire cannot hold it
 */
export function shownText(
  { place, definition, scaling }: Pick<PropertyPlan, "place" | "definition" | "scaling">,
  value: PropertyValue,
): string {
  if (scaling) return formatValue(scaling.toEngineering(scaling.toRaw(value)));
  if (!place) return formatValue(value);
  const { codec } = place;
  const wanted = parseDecoded(definition, formatValue(value));
  const current = codec.needsCurrent ? new Uint8Array(codec.size) : undefined;
  return formatDecoded(codec.decode(codec.encode(wanted, current)).value);
}
