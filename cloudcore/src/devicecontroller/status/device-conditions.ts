import type { Condition, Device, DeviceFault, TwinStatus } from "@mapperkit/api";
import { kubernetesTime } from "./kubernetes-time.ts";
import { isOfMapper } from "./mapper-fault.ts";
import { offlineCause } from "./offline-cause.ts";

export interface DeviceFacts {
  readonly device: Device;
  readonly faults: readonly DeviceFault[];
  readonly twins: readonly TwinStatus[];
  readonly state: string | undefined;
  /** Undefined while it is too early to say: the conditions stay as they were. */
  readonly isNodeConnected: boolean | undefined;
  /** ms since 1970 */
  readonly now: number;
}

type Claim = Pick<Condition, "status" | "reason" | "message">;

/** The words by which an edge says that a device is there (KubeEdge 1.23: `ok`). */
const ONLINE_STATES: ReadonlySet<string> = new Set(["online", "ok"]);

/** Accepted, Reachable, Online and Synced, each with reason and message; times move only with a status. */
export function deviceConditions(facts: DeviceFacts): Condition[] {
  const claims: [string, (before: Claim | undefined) => Claim][] = [
    ["Accepted", () => accepted(facts.faults)],
    ["Reachable", (before) => reachable(facts, before)],
    ["Online", (before) => online(facts, before)],
    ["Synced", () => synced(facts)],
  ];
  const before = new Map(facts.device.status?.conditions?.map((c) => [c.type, c]));
  const ours = claims.map(([type, claim]) => {
    const old = before.get(type);
    before.delete(type);
    return conditionOf(type, claim(old), old, facts);
  });
  // Conditions of other writers stay.
  return [...ours, ...before.values()];
}

function conditionOf(
  type: string,
  claim: Claim,
  old: Condition | undefined,
  facts: DeviceFacts,
): Condition {
  const generation = facts.device.metadata.generation;
  const since = old?.status === claim.status ? old.lastTransitionTime : kubernetesTime(facts.now);
  return {
    type,
    ...claim,
    lastTransitionTime: since,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}

/** What we do not honour yet is named, but it does not keep the rest from working. */
function accepted(faults: readonly DeviceFault[]): Claim {
  const message = faults.map((fault) => fault.message).join("; ");
  const worst = faults.find((fault) => fault.reason !== "NotSupported");
  if (worst) return { status: "False", reason: worst.reason, message };
  if (faults.length > 0) return { status: "True", reason: "NotSupported", message };
  return { status: "True", reason: "Valid", message: "the model and all properties are valid" };
}

function reachable({ device, isNodeConnected }: DeviceFacts, before: Claim | undefined): Claim {
  const node = device.spec?.nodeName;
  if (!node) {
    return { status: "False", reason: "NoNode", message: "spec.nodeName names no edge node" };
  }
  if (isNodeConnected === undefined) {
    return before ? claimOf(before) : unknown("Waiting", `node ${node} has not connected yet`);
  }
  return isNodeConnected
    ? { status: "True", reason: "NodeConnected", message: `node ${node} is connected` }
    : { status: "False", reason: "NodeDisconnected", message: `node ${node} is not connected` };
}

function online(facts: DeviceFacts, before: Claim | undefined): Claim {
  const { device, state, isNodeConnected } = facts;
  const node = device.spec?.nodeName;
  if (!node) return unknown("NoNode", "spec.nodeName names no edge node");
  if (isNodeConnected === undefined && before) return claimOf(before);
  if (!isNodeConnected) return unknown("NodeDisconnected", `node ${node} is not connected`);
  if (state === undefined) return unknown("NeverReported", "no mapper has reported a state yet");
  return ONLINE_STATES.has(state.toLowerCase())
    ? { status: "True", reason: "Reported", message: `the mapper reports ${state}` }
    : { status: "False", reason: "Reported", message: offlineMessage(facts, state) };
}

function offlineMessage({ twins, faults }: DeviceFacts, state: string): string {
  const cause = offlineCause(twins, faults);
  return cause ? `the mapper reports ${state}: ${cause}` : `the mapper reports ${state}`;
}

function synced({ twins }: DeviceFacts): Claim {
  const wanted = twins.filter(({ phase }) => phase !== undefined && !isOfMapper(phase));
  const late = wanted.filter(({ phase }) => phase?.name !== "Applied");
  const worst = late.find((twin) => twin.phase?.name !== "Pending") ?? late[0];
  if (!worst?.phase) {
    return wanted.length > 0
      ? { status: "True", reason: "Applied", message: "every desired value is applied" }
      : { status: "True", reason: "NothingDesired", message: "no property has a desired value" };
  }
  const message = late
    .map(({ propertyName, phase }) => {
      const why = phase?.message ?? phase?.reason;
      return `${propertyName} is ${phase?.name}${why ? `: ${why}` : ""}`;
    })
    .join("; ");
  return { status: "False", reason: worst.phase.name, message };
}

function unknown(reason: string, message: string): Claim {
  return { status: "Unknown", reason, message };
}

function claimOf({ status, reason, message }: Claim): Claim {
  return { status, reason, message };
}
