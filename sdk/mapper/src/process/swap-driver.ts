import { type DeviceAnnouncement, MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { AnyMapper } from "../definition/any-mapper.ts";
import type { DevicePlan } from "../device-plan/device-plan.ts";
import type { DeviceSession } from "../device-session/device-session.ts";
import type { EndpointLease } from "../device-session/session-build.ts";
import { messageOf } from "../endpoint/failure.ts";
import { withDeadline } from "../time/deadline.ts";
import type { MapperBuild } from "./mapper-build.ts";
import { tryRead } from "./trial-read.ts";

/** What became of a new build of a driver. After `rolledBack` the former one works as before. */
export type SwapOutcome =
  | { readonly kind: "swapped" }
  | { readonly kind: "rolledBack"; readonly reason: string };

/** A device at work, and what was announced of it. */
export interface WorkedDevice {
  readonly session: DeviceSession;
  readonly announcement: DeviceAnnouncement;
  readonly node: string;
}

/** The longest time that a new build may take to open what the former one had open. */
const START_MS = 2000;
/** The longest time that a device is waited for to show that the new build can read it. */
const TRIAL_MS = 300;

/** @throws MapperkitError `invalid_input` saying why the new build cannot take the former one's place */
export function checkReplacement(
  former: MapperBuild,
  next: MapperBuild,
  devices: readonly WorkedDevice[],
): void {
  for (const key of ["protocol", "claims"] as const satisfies (keyof AnyMapper)[]) {
    const [was, is] = [JSON.stringify(former.mapper[key]), JSON.stringify(next.mapper[key])];
    if (was === is) continue;
    throw refusal(`${key} was ${was} and is ${is}: start the mapper anew`);
  }
  for (const { announcement, node } of devices) {
    const known = faultsOf(former.plan(announcement, node));
    const fresh = [...faultsOf(next.plan(announcement, node))].find((fault) => !known.has(fault));
    const { name } = announcement.device.metadata;
    if (fresh !== undefined) throw refusal(`device ${name}: ${fresh}`);
  }
}

/**
 * Ends what one build has open and gives its devices to another one. Their samples, desired values
 * and reports stay. A bus takes one session at a time, so the former one is closed first.
 * @throws MapperkitError what the new build's driver threw, or `timed_out`
 */
export async function handOver(
  from: MapperBuild,
  to: MapperBuild,
  devices: readonly WorkedDevice[],
  clock: Clock,
): Promise<void> {
  const moves = devices.map(({ session, announcement, node }) => {
    const plan = to.admit(announcement, node);
    return { session, plan, wasOpen: from.isOpen(from.plan(announcement, node).endpoint) };
  });
  for (const { session } of moves) session.suspend();
  await from.retire();
  const open = moves.filter(({ wasOpen }) => wasOpen);
  const trials = new Map(open.map((move) => [move.plan.endpoint, move]));
  const what = "opening the new build's sessions";
  // No session hears of an attempt that fails: its device is not away.
  const opened = await withDeadline({ clock, ms: START_MS, what }, () =>
    Promise.all([...trials.values()].map(({ plan }) => to.open(plan))),
  );
  await allTried([...trials.values()], opened, to, clock);
  for (const { session, plan } of moves) session.resume(plan, to);
  await Promise.all(opened.map(({ release }) => release()));
}

/** A device that takes its time keeps no build from its place. */
async function allTried(
  trials: readonly { readonly session: DeviceSession; readonly plan: DevicePlan }[],
  opened: readonly EndpointLease[],
  to: MapperBuild,
  clock: Clock,
): Promise<void> {
  const end = new AbortController();
  const tried = Promise.all(
    trials.map(async ({ session, plan }, i) => {
      const endpoint = opened[i]?.endpoint;
      const known = session.view().properties.filter(({ sample }) => sample?.quality === "Good");
      const wasGood = new Set(known.map(({ property }) => property));
      if (endpoint) await tryRead(endpoint, to.createDriver(plan), plan, wasGood);
    }),
  );
  const enough = clock.sleep(TRIAL_MS, end.signal).catch(() => undefined);
  await Promise.race([tried, enough]).finally(() => end.abort());
  tried.catch(() => undefined);
}

/** Gives devices that were on their way to another build back: their sessions are opened for ever. */
export async function takeBack(
  from: MapperBuild,
  to: MapperBuild,
  devices: readonly WorkedDevice[],
): Promise<void> {
  await from.retire();
  for (const { session, announcement, node } of devices) {
    session.resume(to.admit(announcement, node), to);
  }
}

export function rolledBack(error: unknown): SwapOutcome {
  return { kind: "rolledBack", reason: messageOf(error) };
}

function faultsOf({ fault, properties }: DevicePlan): ReadonlySet<string> {
  const faults = [fault, ...properties.map((property) => property.fault)];
  return new Set(faults.flatMap((each) => each?.message ?? []));
}

function refusal(message: string): MapperkitError {
  return new MapperkitError("invalid_input", message);
}
