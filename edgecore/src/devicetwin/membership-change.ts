import { type DeviceId, MapperkitError, type MsgTwin, schemas } from "@mapperkit/api";
import { z } from "zod";
import { type MsgAttribute, msgAttribute } from "./attributes/device-attributes.ts";

const member = z.looseObject({
  id: z.string().min(1),
  name: z.string().optional(),
  description: z.string().nullish(),
  attributes: z.record(z.string(), msgAttribute).nullish(),
  twin: z.record(z.string(), schemas.msgTwin.nullable()).nullish(),
});
const content = z.looseObject({
  devices: z.array(member).nullish(),
  added_devices: z.array(member).nullish(),
  removed_devices: z.array(member).nullish(),
});

export interface Member {
  readonly id: DeviceId;
  readonly name: string;
  readonly description: string;
  /** KubeEdge's own cloud never sends them. */
  readonly attributes?: Readonly<Record<string, MsgAttribute>> | undefined;
  /** Sent by clouds of the v1alpha2 era only. */
  readonly twin: Readonly<Record<string, MsgTwin | null>> | undefined;
}

/** Which devices belong to the node. */
export interface MembershipChange {
  readonly added: readonly Member[];
  readonly removed: readonly DeviceId[];
  /** The list is complete: who is not in `added` belongs here no more. */
  readonly isExact: boolean;
}

/**
 * Reads the content of `membership` and of `membership/detail` (cloudhub-wire §3.10, device-api.md 15).
 * @throws MapperkitError `invalid_input` naming the field
 */
export function parseMembershipChange(value: unknown): MembershipChange {
  const parsed = content.safeParse(typeof value === "string" ? jsonOf(value) : value);
  if (!parsed.success) {
    throw new MapperkitError(
      "invalid_input",
      `not a membership message: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { devices, added_devices: added, removed_devices: removed } = parsed.data;
  return {
    added: [...(devices ?? []), ...(added ?? [])].map(memberOf),
    removed: (removed ?? []).map(({ id }) => deviceId(id)),
    isExact: devices !== undefined && devices !== null,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function memberOf(sent: z.infer<typeof member>): Member {
  const id = deviceId(sent.id);
  return {
    id,
    name: sent.name ?? id.slice(id.indexOf("/") + 1),
    description: sent.description ?? "",
    ...(sent.attributes && { attributes: sent.attributes }),
    twin: sent.twin ?? undefined,
  };
}

/** Before KubeEdge 1.16 an id was the bare name. */
function deviceId(id: string): DeviceId {
  return id.includes("/") ? (id as DeviceId) : `default/${id}`;
}
