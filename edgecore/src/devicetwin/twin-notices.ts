import { randomUUID } from "node:crypto";
import type { TwinDocument } from "@mapperkit/api";
import type { DeviceState } from "./device-state.ts";
import type { Publication } from "./publication.ts";
import type { TwinChange } from "./update/property-twin.ts";
import { deltaOf } from "./update/twin-delta.ts";

/**
 * Document and delta, in this order, of changes that are in memory; to be published when they are
 * durable (mqtt-topics §2.3).
 */
export function noticesOf(
  device: DeviceState,
  effect: { changes: readonly TwinChange[]; document: TwinDocument["twin"] },
  event: { event_id: string; timestamp: number },
): Publication[] {
  if (effect.changes.length === 0) return [];
  const notices: Publication[] = [];
  if (Object.keys(effect.document).length > 0) {
    const body: TwinDocument = { ...event, twin: effect.document };
    notices.push(notice(device, "twin/update/document", body));
  }
  const delta = device.takeDelta();
  if (delta) {
    const { timestamp } = event;
    const body = { event_id: randomUUID(), timestamp, ...delta };
    notices.push(notice(device, "twin/update/delta", body));
  }
  return notices;
}

/** The delta as it stands, however often it was published; nothing when nothing is left to do. */
export function deltaNotice(device: DeviceState, timestamp: number): Publication[] {
  const delta = deltaOf(device.twin);
  if (!delta) return [];
  return [notice(device, "twin/update/delta", { event_id: randomUUID(), timestamp, ...delta })];
}

function notice(
  device: DeviceState,
  action: "twin/update/document" | "twin/update/delta",
  body: object,
): Publication {
  return { kind: "notice", device: device.id, action, body };
}
