import type { DeviceFault, TwinPhase } from "@mapperkit/api";

/** Why a mapper cannot work a property, in its own words; no desired value is meant. */
export interface MapperFault {
  readonly reason: string;
  readonly message: string;
  /** RFC 3339 */
  readonly since?: string;
}

/** As it stands in the property's status. A phase of a desired value has a version, this has none. */
export function phaseOfFault({ reason, message, since }: MapperFault): TwinPhase {
  return { name: "Rejected", reason, message, ...(since !== undefined && { since }) };
}

export function isOfMapper(phase: TwinPhase | undefined): boolean {
  return phase?.name === "Rejected" && phase.version === undefined;
}

/** For a cloud that starts anew: the edge tells what was confirmed only once. */
export function faultOfPhase(phase: TwinPhase | undefined): MapperFault | undefined {
  if (!phase || !isOfMapper(phase)) return undefined;
  const { reason = "Rejected", message = "", since } = phase;
  return { reason, message, ...(since !== undefined && { since }) };
}

/** As it stands among the faults of the device. */
export function deviceFaultOf(property: string, { reason, message }: MapperFault): DeviceFault {
  const field = `spec.properties[${property}]`;
  const words = message === "" ? "the mapper cannot work it" : `the mapper says: ${message}`;
  return { field, property, reason, message: `${field} ${words}` };
}
