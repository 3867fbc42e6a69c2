import { addressCountOf } from "@mapperkit/api";
import { createCodec } from "../codec/index.ts";
import type { AnyBlockMapper } from "../definition/any-mapper.ts";
import type { DeviceLimits } from "../definition/block-mapper.ts";
import { messageOf } from "../endpoint/failure.ts";
import { addressBitsOf, planBlocks } from "../planner/index.ts";
import type { Place, PlanFault, PropertyPlan } from "./property-plan.ts";

/** Gives each property its place on the bus. What has none, or shares its own with another, is faulty. */
export function placeProperties(
  mapper: AnyBlockMapper,
  config: unknown,
  properties: readonly PropertyPlan[],
): PropertyPlan[] {
  try {
    const limits = mapper.limits(config);
    const placed = properties.map((plan) => placeProperty(mapper, config, limits, plan));
    return refuseOverlaps(refuseUnreadable(placed, limits));
  } catch (error) {
    const message = `spec.protocol.configData gives no limits: ${messageOf(error)}`;
    const fault = { reason: "InvalidConfig", message };
    return properties.map((plan) => ({ ...plan, fault: plan.fault ?? fault }));
  }
}

function placeProperty(
  mapper: AnyBlockMapper,
  config: unknown,
  limits: DeviceLimits,
  plan: PropertyPlan,
): PropertyPlan {
  if (plan.fault) return plan;
  try {
    const place = placeOf(mapper, config, limits, plan);
    return { ...plan, unit: String(place.unit), place };
  } catch (error) {
    return { ...plan, fault: visitorFault(plan, messageOf(error)) };
  }
}

function placeOf(
  mapper: AnyBlockMapper,
  config: unknown,
  { addressBits }: DeviceLimits,
  { visitor, definition }: PropertyPlan,
): Place {
  const { unit, space, start, length } = mapper.address(visitor, definition.type, config);
  const bits = addressBits?.[space] ?? addressBitsOf(space);
  const codec = createCodec(definition, bits);
  const count = length ?? addressCountOf(definition, bits);
  return { unit, space, start, length: count, addressBits: bits, codec };
}

/** @throws MapperkitError `invalid_input` for limits that cannot be */
function refuseUnreadable(
  properties: readonly PropertyPlan[],
  limits: DeviceLimits,
): PropertyPlan[] {
  const wanted = properties.flatMap(({ name: property, place, fault }) =>
    place && !fault ? [{ property, ...place }] : [],
  );
  const faults = new Map(planBlocks(wanted, limits).faults.map((fault) => [fault.property, fault]));
  return properties.map((plan) => {
    const fault = plan.fault ?? faults.get(plan.name);
    return fault ? { ...plan, fault } : plan;
  });
}

/** A write of one of two properties on the same addresses would change the other unasked. */
function refuseOverlaps(properties: readonly PropertyPlan[]): PropertyPlan[] {
  const writable = properties.filter(({ place, model, fault }) => {
    return place && !fault && model.accessMode !== "ReadOnly";
  });
  writable.sort((a, b) => (a.place?.start ?? 0) - (b.place?.start ?? 0));
  const clashes = new Map<PropertyPlan, PropertyPlan>();
  const open = new Map<string, PropertyPlan[]>();
  for (const plan of writable) {
    const key = `${plan.unit} ${plan.place?.space}`;
    const before = (open.get(key) ?? []).filter((other) => endOf(other) > (plan.place?.start ?? 0));
    const clash = before.find((other) => !areApartBits(other, plan));
    if (clash) clashes.set(plan, clash);
    open.set(key, [...before, plan]);
  }
  return properties.map((plan) => {
    const clash = clashes.get(plan);
    if (!clash) return plan;
    const what = `address is ${plan.place?.start}, but "${clash.name}" covers it and can be written too`;
    return { ...plan, fault: { ...visitorFault(plan, what), reason: "OverlappingRegisters" } };
  });
}

function endOf({ place }: PropertyPlan): number {
  return place ? place.start + place.length : 0;
}

function areApartBits(a: PropertyPlan, b: PropertyPlan): boolean {
  const [one, other] = [a.definition.bit, b.definition.bit];
  return one !== undefined && other !== undefined && one !== other;
}

function visitorFault({ name }: PropertyPlan, what: string): PlanFault {
  const message = `spec.properties[${name}].visitors.configData ${what}`;
  return { reason: "InvalidVisitor", message };
}
