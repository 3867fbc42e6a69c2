import { randomUUID } from "node:crypto";
import type { TwinDocument } from "@mapperkit/api";
import type { DeviceState } from "./device-state.ts";
import type { Publication, TwinAudience } from "./publication.ts";
import { documentOf } from "./update/edge-update.ts";
import type { TwinChange } from "./update/property-twin.ts";
import { deltaOf } from "./update/twin-delta.ts";

/**
 * Document and delta, in this order, of changes that are in memory; to be published when they are
 * durable (mqtt-topics §2.3).
 */
export function noticesOf(
  device: DeviceState,
  changes: readonly TwinChange[],
  event: { event_id: string; timestamp: number },
  audience: TwinAudience,
): Publication[] {
  if (changes.length === 0) return [];
  const notices: Publication[] = [];
  if (audience.hears(device.id, "twin/update/document")) {
    const twin = documentOf(changes);
    const body: TwinDocument = { ...event, twin };
    if (Object.keys(twin).length > 0) notices.push(notice(device, "twin/update/document", body));
  }
  const isHeard = audience.hears(device.id, "twin/update/delta");
  // Whoever comes to listen shall be told the delta as it stands by the next change.
  if (!isHeard) device.forgetDelta();
  const delta = isHeard ? device.takeDelta() : undefined;
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
