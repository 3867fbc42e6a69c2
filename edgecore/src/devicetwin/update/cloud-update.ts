import { checkValueOfType, type MsgTwin, type TwinVersion } from "@mapperkit/api";
import type { UpdateContext } from "./edge-update.ts";
import {
  DELETED,
  isLive,
  type PropertyTwin,
  type TwinChange,
  type TwinSide,
} from "./property-twin.ts";

export interface CloudEffect {
  readonly changes: readonly TwinChange[];
  /** Properties of which the cloud knows less than the edge: it must be told what the edge holds. */
  readonly conflicts: readonly string[];
}

/**
 * Twins that a cloud of the v1alpha2 era sends, with versions (mqtt-topics §2.6, origin CLOUD): taken
 * unless the edge has seen a newer version of that side.
 */
export function applyCloudUpdate(
  twin: ReadonlyMap<string, PropertyTwin>,
  message: Readonly<Record<string, MsgTwin | null>>,
  context: UpdateContext,
): CloudEffect {
  const changes: TwinChange[] = [];
  const conflicts: string[] = [];
  for (const [property, sent] of Object.entries(message)) {
    const before = twin.get(property);
    const isDeletion = sent === null || sent.metadata?.type === DELETED;
    const after = isDeletion
      ? deleteProperty(before, sent)
      : takeProperty(property, before, sent, context);
    if (after === "conflict") conflicts.push(property);
    else if (after && after !== before) changes.push({ property, before, after });
  }
  return { changes, conflicts };
}

type Taken = PropertyTwin | "conflict" | undefined;

function takeProperty(
  property: string,
  before: PropertyTwin | undefined,
  sent: MsgTwin,
  context: UpdateContext,
): Taken {
  const held = isLive(before) ? before : undefined;
  const model = context.rules.properties?.get(property);
  if (context.rules.properties && !model) return undefined;
  const type = held?.type ?? sent.metadata?.type ?? model?.type?.toLowerCase() ?? "string";
  let after: PropertyTwin | undefined = held;
  for (const side of ["expected", "actual"] as const) {
    const value = sent[side]?.value;
    const version = sent[`${side}_version`];
    if (value === undefined || !version || checkValueOfType(type, value) !== undefined) continue;
    if (Buffer.byteLength(value) > context.rules.maxValueBytes) continue;
    if (isOlder(version, versionOf(before, side))) return "conflict";
    after = takeSide(after ?? newProperty(before, type, sent), side, value, version, context.now);
  }
  if (after && sent.optional === false && after.optional) after = { ...after, optional: false };
  return after;
}

function takeSide(
  twin: PropertyTwin,
  side: TwinSide,
  value: string,
  version: TwinVersion,
  now: number,
): PropertyTwin {
  const held = versionOf(twin, side);
  const isEqual = twin[side]?.value === value;
  if (isEqual && held?.cloud === version.cloud && held.edge === version.edge) return twin;
  const next = { cloud: version.cloud, edge: version.edge };
  const stored = isEqual && twin[side] ? twin[side] : { value, metadata: { timestamp: now } };
  if (side === "actual") return { ...twin, actual: stored, actualVersion: next };
  const { outcome, ...rest } = twin;
  return {
    ...rest,
    ...(isEqual && outcome && { outcome }),
    expected: stored,
    expectedVersion: next,
  };
}

function newProperty(
  tombstone: PropertyTwin | undefined,
  type: string,
  sent: MsgTwin,
): PropertyTwin {
  return {
    optional: sent.optional ?? true,
    type,
    ...(tombstone?.expectedVersion && { expectedVersion: tombstone.expectedVersion }),
    ...(tombstone?.actualVersion && { actualVersion: tombstone.actualVersion }),
  };
}

function deleteProperty(before: PropertyTwin | undefined, sent: MsgTwin | null): Taken {
  if (!isLive(before)) return before;
  const expected = sent?.expected_version ?? before.expectedVersion;
  const actual = sent?.actual_version ?? before.actualVersion;
  if (isOlder(expected, before.expectedVersion)) return "conflict";
  if (isOlder(actual, before.actualVersion)) return "conflict";
  return {
    optional: before.optional,
    type: DELETED,
    ...(expected && { expectedVersion: expected }),
    ...(actual && { actualVersion: actual }),
  };
}

function versionOf(twin: PropertyTwin | undefined, side: TwinSide): TwinVersion | undefined {
  return side === "expected" ? twin?.expectedVersion : twin?.actualVersion;
}

function isOlder(sent: TwinVersion | undefined, held: TwinVersion | undefined): boolean {
  if (!held || !sent) return false;
  return sent.cloud < held.cloud || sent.edge < held.edge;
}
