import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { PropertyValue } from "../values/property-value.ts";

/** A desired value as the device has it. */
export function rawValueOf({ scaling }: PropertyPlan, value: PropertyValue): PropertyValue {
  return scaling ? scaling.toRaw(value) : value;
}
