import {
  type JsonObject,
  type MessageBody,
  matchFieldNames,
  parseJsonObject,
  wrongType,
} from "./message-body.ts";
import type { TwinBase } from "./twin-messages.ts";

const FIELDS: ReadonlySet<string> = new Set([
  "event_id",
  "timestamp",
  "twin",
  "atomic",
  "state",
  "device",
]);

const NO_REQUEST = "Unmarshal get request body failed, please check the request";

/**
 * Reads a `…/twin/get` or `…/membership/get` body.
 * @throws MapperkitError `invalid_input` naming the field
 */
export function parseTwinGet(body: MessageBody): TwinBase {
  return readBase(parseJsonObject(body, NO_REQUEST), NO_REQUEST);
}

/** Fills in event_id and timestamp as Go does: absent and null are the zero value. */
export function readBase(message: JsonObject, reason: string): JsonObject & TwinBase {
  if (
    message.event_id === undefined ||
    message.timestamp === undefined ||
    message.twin === undefined
  ) {
    matchFieldNames(message, FIELDS);
  }
  message.event_id ??= "";
  message.timestamp ??= 0;
  if (typeof message.event_id !== "string") {
    throw wrongType(reason, "event_id", "a string", message.event_id);
  }
  if (!Number.isInteger(message.timestamp)) {
    throw wrongType(reason, "timestamp", "an integer (ms)", message.timestamp, message.event_id);
  }
  return message as JsonObject & TwinBase;
}
