import { checkDesired, type DeviceFault, type Outcome } from "@mapperkit/api";
import type { UpdateContext } from "./edge-update.ts";
import { isLive, type PropertyTwin, type TwinChange } from "./property-twin.ts";

/** What a Device object asks of one property. */
export interface DesiredValue {
  readonly value: string;
  /** The T of the value (device-api.md 14) where the cloud tells it. */
  readonly version?: number;
}

export interface DesiredRequest {
  /** The Device's generation. */
  readonly generation: number;
  /** The Device is another one than the twin was made for: all it asks is asked anew. */
  readonly isRecreated: boolean;
}

/**
 * The desired values of a Device object: what the cloud asks anew becomes `expected`, what it no
 * longer asks is cleared, what the model forbids is refused with an outcome and never obeyed.
 * An empty desired value asks for nothing.
 */
export function applyDesired(
  twin: ReadonlyMap<string, PropertyTwin>,
  wanted: ReadonlyMap<string, DesiredValue>,
  request: DesiredRequest,
  context: UpdateContext,
): TwinChange[] {
  const changes: TwinChange[] = [];
  for (const [property, desired] of wanted) {
    if (desired.value === "") continue;
    const before = twin.get(property);
    const after = askProperty(property, before, desired, request, context);
    if (after) changes.push({ property, before, after });
  }
  for (const [property, before] of twin) {
    if (before.asked === undefined || (wanted.get(property)?.value ?? "") !== "") continue;
    changes.push({ property, before, after: clearExpected(before, context.now) });
  }
  return changes;
}

function askProperty(
  property: string,
  before: PropertyTwin | undefined,
  desired: DesiredValue,
  { generation, isRecreated }: DesiredRequest,
  context: UpdateContext,
): PropertyTwin | undefined {
  const isAskedAlready = !isRecreated && before?.asked?.value === desired.value;
  if (isAskedAlready && !before?.asked?.refused) return undefined;
  const fault = faultOf(property, desired.value, context);
  if (fault && isAskedAlready) return undefined;
  const base = isLive(before) ? before : newProperty(property, before, context);
  const asked = { value: desired.value, generation };
  if (fault) {
    return {
      ...base,
      asked: { ...asked, refused: true },
      outcome: rejection(fault, generation, context.now),
    };
  }
  const { outcome: _, ...rest } = base;
  return {
    ...rest,
    asked,
    expected: { value: desired.value, metadata: { timestamp: context.now, generation } },
    expectedVersion: {
      cloud: nextVersion(before, context.now, desired.version),
      edge: before?.expectedVersion?.edge ?? 0,
    },
  };
}

function faultOf(
  property: string,
  value: string,
  { rules }: UpdateContext,
): DeviceFault | undefined {
  const field = `spec.properties[${property}].desired.value`;
  const bytes = Buffer.byteLength(value);
  if (bytes > rules.maxValueBytes) {
    const message = `${field} has ${bytes} bytes, must have ${rules.maxValueBytes} at most`;
    return { field, property, reason: "ValueTooLong", message };
  }
  const model = rules.properties?.get(property);
  if (model) return checkDesired(model, value);
  const message = `${field} is of a property that the device model does not have`;
  return rules.properties && { field, property, reason: "UnknownProperty", message };
}

function rejection(fault: DeviceFault, generation: number, timestamp: number): Outcome {
  const { reason, message } = fault;
  return { generation, phase: "Rejected", reason, message, timestamp };
}

/** Properties that the Device lists are not a mapper's to delete. */
function newProperty(
  property: string,
  tombstone: PropertyTwin | undefined,
  { rules }: UpdateContext,
): PropertyTwin {
  const type = rules.properties?.get(property)?.type?.toLowerCase() ?? "string";
  return {
    optional: false,
    type: type === "stream" ? "string" : type,
    ...(tombstone?.expectedVersion && { expectedVersion: tombstone.expectedVersion }),
    ...(tombstone?.actualVersion && { actualVersion: tombstone.actualVersion }),
  };
}

function nextVersion(before: PropertyTwin | undefined, now: number, told?: number): number {
  const held = before?.expectedVersion?.cloud ?? 0;
  return told !== undefined && told > held ? told : Math.max(now, held + 1);
}

function clearExpected(before: PropertyTwin, now: number): PropertyTwin {
  const { expected: _expected, outcome: _outcome, asked: _asked, ...rest } = before;
  if (before.expected === undefined) return rest;
  const edge = before.expectedVersion?.edge ?? 0;
  return { ...rest, expectedVersion: { cloud: nextVersion(before, now), edge } };
}
