import type { DeviceAnnouncement } from "./device-announcement.ts";
import type {
  MsgTwin,
  StateUpdate,
  TwinBase,
  TwinDelta,
  TwinDocument,
  TwinResult,
  TwinUpdate,
} from "./twin-messages.ts";

/** Versions travel in it: between mapper and edge there are none, between edge and cloud all. */
export function encodeTwinUpdate(message: TwinUpdate): string {
  return JSON.stringify(message);
}

export function encodeTwinGet({ event_id, timestamp }: TwinBase): string {
  return JSON.stringify({ event_id, timestamp });
}

/** A result of `…/twin/update/result` or `…/twin/get/result`. Versions stay at the edge. */
export function encodeTwinResult(message: TwinResult): string {
  const { event_id, timestamp, twin, code, reason, errors } = message;
  return JSON.stringify({
    event_id,
    timestamp,
    twin: twin && mapTwins(twin, withoutVersions),
    code: code || undefined,
    reason: reason || undefined,
    errors,
  });
}

/** Versions stay at the edge. */
export function encodeTwinDocument({ event_id, timestamp, twin }: TwinDocument): string {
  const states = mapTwins(twin, ({ last, current }) => ({
    last: withoutVersions(last),
    current: withoutVersions(current),
  }));
  return JSON.stringify({ event_id, timestamp, twin: states });
}

/** Versions stay at the edge. */
export function encodeTwinDelta({ event_id, timestamp, twin, delta }: TwinDelta): string {
  return JSON.stringify({ event_id, timestamp, twin: mapTwins(twin, withoutVersions), delta });
}

export function encodeStateUpdate({ event_id, timestamp, state }: StateUpdate): string {
  return JSON.stringify({ event_id, timestamp, state });
}

/** The retained message of a device; a device that is gone has an empty one. */
export function encodeDeviceAnnouncement(message: DeviceAnnouncement | undefined): string {
  return message ? JSON.stringify(message) : "";
}

function withoutVersions(twin: MsgTwin | null): MsgTwin | null {
  if (!twin) return null;
  const { expected_version, actual_version, ...rest } = twin;
  return rest;
}

function mapTwins<T, U>(twins: Record<string, T>, map: (twin: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(twins).map(([name, twin]) => [name, map(twin)]));
}
