import { describeValue, MapperkitError } from "../errors.ts";
import { readBase } from "./message-base.ts";
import { isObject, type MessageBody, parseJsonObject, wrongType } from "./message-body.ts";
import type { StateUpdate } from "./twin-messages.ts";

const UNREADABLE = "Unmarshal state update request body failed, please check the request";

/** The words of KubeEdge 1.23 and of v1.9 (`disconnected`), compared without regard to case. */
export const deviceStates = [
  "online",
  "offline",
  "ok",
  "unknown",
  "unhealthy",
  "disconnected",
] as const;

/**
 * Reads a mapper's `…/state/update` body, and the report that an edge makes of it to the cloud
 * (`device.state`, as recorded). An edge's state is taken as it is: its KubeEdge may be newer.
 * @throws MapperkitError `invalid_input` naming the field
 */
export function parseStateUpdate(body: MessageBody): StateUpdate {
  const message = readBase(parseJsonObject(body, UNREADABLE), UNREADABLE);
  const { event_id, timestamp } = message;
  const device = message.device;
  if (message.state === undefined && isObject(device) && typeof device.state === "string") {
    const lastOnlineTime = device.lastOnlineTime;
    return {
      event_id,
      timestamp,
      state: device.state,
      ...(typeof lastOnlineTime === "string" ? { lastOnlineTime } : {}),
    };
  }
  const { state } = message;
  if (typeof state !== "string") throw wrongType(UNREADABLE, "state", "a string", state, event_id);
  if (!(deviceStates as readonly string[]).includes(state.toLowerCase())) {
    throw new MapperkitError(
      "invalid_input",
      `state must be one of ${deviceStates.join(", ")}, got ${describeValue(state)}`,
      { details: { field: "state", value: describeValue(state), eventId: event_id } },
    );
  }
  return { event_id, timestamp, state };
}
