import {
  type DeviceAction,
  type DeviceId,
  MapperkitError,
  type TopicForm,
  type TwinResult,
} from "@mapperkit/api";
import { rfc3339 } from "../device-state.ts";
import type { Publication } from "../publication.ts";
import type { DeviceRecord } from "../store/twin-store.ts";
import type { UpdateEffect } from "../update/edge-update.ts";

/** Whom a request asks about, and in which form. */
export interface Target {
  readonly id: DeviceId;
  readonly form: TopicForm;
}

export interface Event {
  readonly event_id: string;
  /** ms since 1970 */
  readonly timestamp: number;
}

export function reply(target: Target, action: DeviceAction, body: object): Publication {
  return { kind: "reply", device: target.id, form: target.form, action, body };
}

export function membership(body: object): Publication {
  return { kind: "membership", action: "get/result", body };
}

export function refusalBody(error: unknown, timestamp: number): TwinResult {
  const isOurs = error instanceof MapperkitError;
  const eventId = isOurs ? error.details.eventId : undefined;
  const reason = error instanceof Error ? error.message : String(error);
  return {
    event_id: typeof eventId === "string" ? eventId : "",
    timestamp,
    code: !isOurs ? 500 : typeof error.details.status === "number" ? error.details.status : 400,
    reason,
  };
}

export function resultOf(event: Event, { result, errors }: UpdateEffect): TwinResult {
  const first = Object.values(errors)[0];
  if (!first) return { ...event, twin: result };
  const hasApplied = Object.keys(result).length > 0;
  return {
    ...event,
    ...(hasApplied && { twin: result }),
    code: first.code,
    reason: first.reason,
    errors,
  };
}

export function unknownDevice(id: DeviceId): { code: number; reason: string } {
  return { code: 404, reason: `Device ${id} is not known at this node` };
}

/** KubeEdge blanks the time when a device goes offline; the last one is worth more. */
export function withState(record: DeviceRecord, state: string, now: number): DeviceRecord {
  const isOnline = /^(online|ok)$/i.test(state);
  const { stateBeforeSilence: _, ...rest } = record;
  return { ...rest, state, lastOnline: isOnline ? rfc3339(now) : record.lastOnline };
}

export function stateOf({ name, state, lastOnline }: DeviceRecord): object {
  return { name, state, lastOnlineTime: lastOnline };
}

export function memberOf(record: DeviceRecord): object {
  const { id, name, description, state, lastOnline, attributes = {} } = record;
  return {
    id,
    name,
    ...(description && { description }),
    ...(state && { state }),
    ...(lastOnline && { last_online: lastOnline }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
  };
}
