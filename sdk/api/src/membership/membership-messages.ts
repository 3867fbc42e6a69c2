import { z } from "zod";
import { checkMessage } from "../twin/checked-message.ts";
import type { MessageBody } from "../twin/message-body.ts";
import { msgTwin, type TwinBase } from "../twin/twin-messages.ts";

const memberDevice = z.looseObject({
  /** `namespace/name`; below KubeEdge 1.16 the bare name. */
  id: z.string().default(""),
  name: z.string().default(""),
  description: z.string().optional(),
  state: z.string().optional(),
  last_online: z.string().optional(),
  twin: z.record(z.string(), msgTwin.nullable()).nullish(),
});

/** A device in a membership message. */
export type MemberDevice = z.infer<typeof memberDevice>;

/** Devices that come to a node and go from it: cloud to edge, and `…/membership/updated` on MQTT. */
export interface MembershipUpdate extends TwinBase {
  added_devices: MemberDevice[];
  removed_devices: MemberDevice[];
}

/** All devices of a node: the cloud's answer to `membership/detail`, and `…/membership/get/result`. */
export interface MembershipList extends TwinBase {
  devices: MemberDevice[];
}

const devices = z
  .array(memberDevice)
  .nullish()
  .transform((list) => list ?? []);
const base = { event_id: z.string().default(""), timestamp: z.number().default(0) };
const membershipUpdate = z.looseObject({
  ...base,
  added_devices: devices,
  removed_devices: devices,
});
const membershipList = z.looseObject({ ...base, devices });

/** @throws MapperkitError `invalid_input` naming the field */
export function parseMembershipUpdate(body: MessageBody): MembershipUpdate {
  return checkMessage(membershipUpdate, body, "membership update");
}

/** @throws MapperkitError `invalid_input` naming the field */
export function parseMembershipList(body: MessageBody): MembershipList {
  return checkMessage(membershipList, body, "membership list");
}

/** As KubeEdge says it: the list that is not used is null. */
export function encodeMembershipUpdate(message: MembershipUpdate): string {
  const { event_id, timestamp, added_devices, removed_devices } = message;
  return JSON.stringify({
    event_id,
    timestamp,
    added_devices: added_devices.length > 0 ? added_devices : null,
    removed_devices: removed_devices.length > 0 ? removed_devices : null,
  });
}

export function encodeMembershipList({ event_id, timestamp, devices }: MembershipList): string {
  return JSON.stringify({ event_id, timestamp, devices });
}
