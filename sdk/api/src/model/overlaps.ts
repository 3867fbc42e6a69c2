import type { DeviceFault } from "../device/device-fault.ts";
import type { PropertyDefinition } from "./model-definition.ts";
import { addressCountOf } from "./property-extent.ts";

interface Extent {
  readonly name: string;
  readonly place: string;
  readonly start: number;
  readonly end: number;
  readonly bit: number | undefined;
}

/**
 * Properties that can be written and lie on the same registers: a write of one would change the
 * other. Bits that share a register are apart. Only properties with the helpers' visitors
 * (`space`, `address`, maybe `unitId`) can be judged.
 */
export function findOverlaps(
  properties: readonly (readonly [string, PropertyDefinition])[],
): DeviceFault[] {
  const extents = properties.flatMap(([name, property]) => extentOf(name, property) ?? []);
  extents.sort((a, b) => a.start - b.start || a.end - b.end || (a.name < b.name ? -1 : 1));
  const faults: DeviceFault[] = [];
  const open = new Map<string, Extent[]>();
  for (const extent of extents) {
    const earlier = (open.get(extent.place) ?? []).filter((other) => other.end > extent.start);
    const clash = earlier.find((other) => areInTheWay(other, extent));
    if (clash) faults.push(overlapFault(extent, clash));
    open.set(extent.place, [...earlier, extent]);
  }
  return faults;
}

function extentOf(name: string, property: PropertyDefinition): Extent | undefined {
  const { space, address, unitId } = property.visitors ?? {};
  if ((property.accessMode ?? "ReadOnly") === "ReadOnly") return undefined;
  if (typeof space !== "string" || typeof address !== "number") return undefined;
  const isOfBits = space === "coil" || space === "discreteInput";
  const end = address + addressCountOf(property, isOfBits ? 1 : 16);
  return { name, place: `${unitId ?? ""} ${space}`, start: address, end, bit: property.bit };
}

function areInTheWay(a: Extent, b: Extent): boolean {
  return a.bit === undefined || b.bit === undefined || a.bit === b.bit;
}

function overlapFault(extent: Extent, { name, start, end }: Extent): DeviceFault {
  const field = `properties[${extent.name}].visitors.address`;
  const what = `is ${extent.start}, but "${name}" covers ${start} to ${end - 1} and can be written too`;
  return {
    field,
    property: extent.name,
    reason: "OverlappingRegisters",
    message: `${field} ${what}`,
  };
}
