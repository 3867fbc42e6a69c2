import { z } from "zod";
import { checkMessage } from "./checked-message.ts";
import type { MessageBody } from "./message-body.ts";
import type { TwinBase } from "./twin-messages.ts";

/**
 * Body of `…/state/update/result`, and of what the edge reports to the cloud (there twice encoded).
 * v1.9 says `last_online` where later releases say `lastOnlineTime`.
 */
export interface StateResult extends TwinBase {
  device?: { name?: string; state?: string; lastOnlineTime?: string };
  code?: number;
  reason?: string;
}

const stateResult = z.looseObject({
  event_id: z.string().default(""),
  timestamp: z.number().default(0),
  device: z
    .looseObject({
      name: z.string().optional(),
      state: z.string().optional(),
      lastOnlineTime: z.string().optional(),
      last_online: z.string().optional(),
    })
    .transform(({ last_online, ...device }) =>
      last_online === undefined ? device : { lastOnlineTime: last_online, ...device },
    )
    .optional(),
  code: z.number().int().optional(),
  reason: z.string().optional(),
});

/** @throws MapperkitError `invalid_input` naming the field */
export function parseStateResult(body: MessageBody): StateResult {
  return checkMessage(stateResult, body, "state result") as StateResult;
}

export function encodeStateResult({
  event_id,
  timestamp,
  device,
  code,
  reason,
}: StateResult): string {
  return JSON.stringify({
    event_id,
    timestamp,
    device,
    code: code || undefined,
    reason: reason || undefined,
  });
}
