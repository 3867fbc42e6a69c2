import type { DeviceFault, TwinPhase } from "@mapperkit/api";
import type { TwinMemory } from "../upstream/device-memory.ts";
import { desiredVersion } from "./desired-version.ts";
import { kubernetesTime } from "./kubernetes-time.ts";

/** Who never sends outcomes leaves its values in this state until reported equals desired. */
export const UNCONFIRMED = "Unconfirmed";
/** A stock edge has said that it holds the value; nobody has said that its device has it. */
export const HELD_BY_EDGE = "HeldByEdge";
const UNPROVEN: ReadonlySet<string | undefined> = new Set([UNCONFIRMED, HELD_BY_EDGE]);
/** How a fault of the device or the model begins; an edge's own words never do. */
const OUR_REFUSAL = /^(DeviceModel\.)?spec\.properties\[/;

export interface DesiredNow {
  readonly value: string;
  readonly generation: number;
  /** Why the model forbids it. */
  readonly fault: DeviceFault | undefined;
  /** ms since 1970 */
  readonly now: number;
}

/**
 * Weighs what is desired, what the edge said and what is reported, and keeps the result in the
 * memory. Desired values are compared, never generations: a generation may move without them.
 */
export function advancePhase(twin: TwinMemory, desired: DesiredNow): TwinPhase {
  const isNew = twin.phase === undefined || twin.phaseOf !== desired.value;
  const generation = isNew ? bornIn(twin, desired) : (twin.phase?.generation ?? desired.generation);
  const version = desiredVersion(twin, desired.value, desired.now);
  const verdict = verdictOn(twin, desired, isNew);
  const { generation: outcomeGeneration, ...words } = verdict;
  const next = { ...words, generation: outcomeGeneration ?? generation, version };
  twin.phase = { ...next, since: sinceWhen(twin.phase, next, desired) };
  twin.phaseOf = desired.value;
  delete twin.news;
  return twin.phase;
}

type Verdict = Pick<TwinPhase, "name" | "reason" | "message" | "generation">;

function verdictOn(twin: TwinMemory, desired: DesiredNow, isNew: boolean): Verdict {
  if (desired.fault) {
    return { name: "Rejected", reason: desired.fault.reason, message: desired.fault.message };
  }
  const word = outcomeOf(twin, desired, isNew);
  if (word) return word;
  const kept = isNew || wasOurRefusal(twin.phase) ? undefined : twin.phase;
  if (kept && !UNPROVEN.has(kept.reason)) {
    return {
      name: kept.name,
      ...(kept.reason !== undefined && { reason: kept.reason }),
      ...(kept.message !== undefined && { message: kept.message }),
    };
  }
  if (twin.reported?.value === desired.value) {
    return { name: "Applied", reason: "ReportedEqualsDesired", message: "the device reports it" };
  }
  if (twin.heldFor === desired.value) {
    const message = "the edge holds this value, and the device has not reported it yet";
    return { name: "Pending", reason: HELD_BY_EDGE, message };
  }
  return { name: "Pending", reason: UNCONFIRMED, message: "nobody has confirmed this value yet" };
}

/** An outcome counts if it speaks of the value that is desired now. */
function outcomeOf(twin: TwinMemory, desired: DesiredNow, isNew: boolean): Verdict | undefined {
  if (!twin.news || !concerns(twin, desired, isNew)) return undefined;
  const { outcome, expected } = twin.news;
  if (expected?.value === undefined) {
    twin.observedDesired = { ...twin.observedDesired, value: desired.value };
  }
  return {
    name: outcome.phase,
    ...(outcome.reason !== undefined && { reason: outcome.reason }),
    ...(outcome.message !== undefined && { message: outcome.message }),
    ...(outcome.generation !== undefined && { generation: outcome.generation }),
  };
}

function concerns(twin: TwinMemory, desired: DesiredNow, isNew: boolean): boolean {
  const { outcome, expected } = twin.news ?? {};
  const about = outcome?.generation;
  if (expected?.value !== undefined) {
    // An edge repeats its last outcome until it has one for the value that it expects now.
    const isOlder = about !== undefined && about < (expected.metadata?.generation ?? 0);
    return expected.value === desired.value && !isOlder;
  }
  const since = isNew ? bornIn(twin, desired) : (twin.phase?.generation ?? 0);
  if (about !== undefined && about >= since) return true;
  const observed = twin.observedDesired?.value;
  return !isNew && (observed === undefined || observed === desired.value);
}

function bornIn({ desiredSince }: TwinMemory, desired: DesiredNow): number {
  return desiredSince?.value === desired.value ? desiredSince.generation : desired.generation;
}

function wasOurRefusal(phase: TwinPhase | undefined): boolean {
  return phase?.name === "Rejected" && OUR_REFUSAL.test(phase.message ?? "");
}

function sinceWhen(
  before: TwinPhase | undefined,
  next: Omit<TwinPhase, "since">,
  desired: DesiredNow,
): string {
  const isSame =
    before !== undefined &&
    before.name === next.name &&
    before.reason === next.reason &&
    before.version === next.version;
  return (isSame && before.since) || kubernetesTime(desired.now);
}
