import { addressCountOf, MapperkitError, type Space } from "@mapperkit/api";
import type { SimProperty } from "@mapperkit/sim-plant";

/** A property and the addresses that it fills. */
export interface PlacedProperty {
  readonly property: SimProperty;
  readonly space: Space;
  readonly start: number;
  /** Behind the last address. */
  readonly end: number;
}

const SPACES: ReadonlySet<unknown> = new Set([
  "coil",
  "discreteInput",
  "inputRegister",
  "holdingRegister",
]);

/**
 * Finds a property's addresses in the `space` and `address` of its visitors.
 * @throws MapperkitError `invalid_input` naming the property
 */
export function placeProperty(property: SimProperty): PlacedProperty {
  const { name, definition } = property;
  const { space, address } = definition.visitors ?? {};
  if (!isSpace(space)) {
    throw faulty(name, "space", `is ${space}, must be one of ${[...SPACES].join(", ")}`);
  }
  const isOfBits = space === "coil" || space === "discreteInput";
  if (isOfBits && definition.type !== "boolean") {
    throw faulty(name, "space", `is ${space}, but a ${definition.type} has no place in bits`);
  }
  const count = addressCountOf(definition, isOfBits ? 1 : 16);
  const start = Number(address);
  if (Number.isInteger(start) && start >= 0 && start + count <= 65_536) {
    return { property, space, start, end: start + count };
  }
  throw faulty(name, "address", `is ${address}, must be 0 to ${65_536 - count}`);
}

function isSpace(space: unknown): space is Space {
  return SPACES.has(space);
}

function faulty(name: string, field: string, what: string): MapperkitError {
  return new MapperkitError("invalid_input", `properties[${name}].visitors.${field} ${what}`, {
    details: { field: `properties[${name}].visitors.${field}` },
  });
}
