import type { Condition, DeviceStatus, TwinStatus } from "@mapperkit/api";
import { isOfMapper } from "./mapper-fault.ts";

/** Something worth an Event: it happened to a device, once. */
export interface DeviceTransition {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

const WORDS: Readonly<Record<string, { readonly True: string; readonly False: string }>> = {
  Online: { True: "DeviceOnline", False: "DeviceOffline" },
  Reachable: { True: "NodeConnected", False: "NodeDisconnected" },
};

/** What a status change means to a person, in Events. */
export function statusTransitions(
  before: DeviceStatus | undefined,
  after: DeviceStatus,
): DeviceTransition[] {
  const oldConditions = new Map(before?.conditions?.map((c) => [c.type, c]));
  const oldTwins = new Map(before?.twins?.map((twin) => [twin.propertyName, twin]));
  return [
    ...(after.conditions ?? []).flatMap((c) => conditionTransition(oldConditions.get(c.type), c)),
    ...(after.twins ?? []).flatMap((twin) => twinTransition(oldTwins.get(twin.propertyName), twin)),
  ];
}

function conditionTransition(before: Condition | undefined, after: Condition): DeviceTransition[] {
  if (after.type === "Accepted") return acceptedTransition(before, after);
  const words = WORDS[after.type];
  // That a new device is in order is no event.
  if (!words || !before || before.status === after.status || after.status === "Unknown") return [];
  const isGood = after.status === "True";
  if (isGood && before.status === "Unknown") return [];
  return [transition(isGood, isGood ? words.True : words.False, after.message)];
}

function acceptedTransition(before: Condition | undefined, after: Condition): DeviceTransition[] {
  const isSame =
    before?.status === after.status &&
    before.reason === after.reason &&
    before.message === after.message;
  if (isSame) return [];
  if (after.status === "False") return [transition(false, after.reason, after.message)];
  if (after.reason === "NotSupported") return [transition(false, "NotSupported", after.message)];
  return before?.status === "False" ? [transition(true, "Accepted", after.message)] : [];
}

function twinTransition(before: TwinStatus | undefined, after: TwinStatus): DeviceTransition[] {
  const { phase, propertyName } = after;
  const old = before?.phase;
  const isSame = old?.name === phase?.name && old?.version === phase?.version;
  // What a mapper finds wrong with a property is told by Accepted.
  if (!phase || phase.name === "Pending" || isSame || isOfMapper(phase)) return [];
  const why = phase.message ?? phase.reason;
  const message = `${propertyName} is ${phase.name}${why ? `: ${why}` : ""}`;
  return [transition(phase.name === "Applied", `Desired${phase.name}`, message)];
}

function transition(isGood: boolean, reason: string, message: string): DeviceTransition {
  return { type: isGood ? "Normal" : "Warning", reason, message };
}
