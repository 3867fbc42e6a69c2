import type { DeviceId } from "../device/device-id.ts";

const PREFIX = "$hw/events/node/";

/** The retained topic on which the edge tells mappers of a device (ours). */
export function announcementTopic(node: string, id: DeviceId): string {
  return `${PREFIX}${node}/devices/${id}`;
}

export function parseAnnouncementTopic(topic: string): { node: string; id: DeviceId } | undefined {
  const [node, devices, namespace, name, rest] = nodeLevels(topic);
  if (devices !== "devices" || !node || !namespace || !name || rest !== undefined) {
    return undefined;
  }
  return { node, id: `${namespace}/${name}` };
}

/** `$hw/events/node/{node}/membership/…` (mqtt-topics §2.2, §2.3). */
export function membershipTopic(node: string, action: "get" | "get/result" | "updated"): string {
  return `${PREFIX}${node}/membership/${action}`;
}

/** Recognises what clients may ask; the edge's own answers give `undefined`. */
export function parseMembershipTopic(topic: string): { node: string; action: "get" } | undefined {
  const [node, membership, action, rest] = nodeLevels(topic);
  if (membership !== "membership" || !node || action !== "get" || rest !== undefined) {
    return undefined;
  }
  return { node, action };
}

function nodeLevels(topic: string): string[] {
  return topic.startsWith(PREFIX) ? topic.slice(PREFIX.length).split("/") : [];
}
