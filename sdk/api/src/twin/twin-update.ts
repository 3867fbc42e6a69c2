import { MapperkitError } from "../errors.ts";
import {
  isObject,
  type JsonObject,
  type MessageBody,
  matchFieldNames,
  parseJsonObject,
  wrongType,
} from "./message-body.ts";
import type { PropertyRefusal, TwinBase, TwinUpdate } from "./twin-messages.ts";

const UNREADABLE = "Unmarshal update request body failed, please check the request";
const NO_TWIN = "Update twin error, key:twin does not exist";
const BAD_KEY =
  "The key of twin must only include upper or lowercase letters, number, english, and special letter - _ . , : / @ # and the length of key should be less than 128 bytes";
/** Ours: KubeEdge's worker dies of such a side (kubeedge#7126). */
const NO_VALUE = "the request body is wrong";

const PROPERTY_KEY = /^[a-zA-Z0-9\-_.,:/@#]{1,128}$/;

const MESSAGE_FIELDS: ReadonlySet<string> = new Set(["event_id", "timestamp", "twin", "atomic"]);
const TWIN_FIELDS: ReadonlySet<string> = new Set([
  "expected",
  "actual",
  "optional",
  "metadata",
  "expected_version",
  "actual_version",
  "outcome",
]);
const VALUE_FIELDS: ReadonlySet<string> = new Set(["value", "metadata"]);
const VERSION_FIELDS: ReadonlySet<string> = new Set(["cloud", "edge"]);

/** A twin update of which every property stands by itself: `refused` holds what cannot be taken. */
export interface PartialTwinUpdate {
  update: TwinUpdate;
  refused: Record<string, PropertyRefusal>;
}

/**
 * Reads a `…/twin/update` body, all or nothing.
 * @throws MapperkitError `invalid_input` with KubeEdge's reason; `details.eventId` if it was readable.
 * @see KubeEdge 1.23 devicetwin, mqtt-topics §2.5
 */
export function parseTwinUpdate(body: MessageBody): TwinUpdate {
  const { update, refused } = parsePartialTwinUpdate(body);
  for (const [property, { reason }] of Object.entries(refused)) {
    throw new MapperkitError("invalid_input", reason, {
      details: { field: `twin.${property}`, property, eventId: update.event_id },
    });
  }
  return update;
}

/**
 * Reads a `…/twin/update` body, setting aside the properties that cannot be taken by themselves (bad
 * key, a side without a value), so that the others may be applied.
 * @throws MapperkitError `invalid_input` if the body as a whole is no twin update.
 */
export function parsePartialTwinUpdate(body: MessageBody): PartialTwinUpdate {
  const message = parseJsonObject(body, UNREADABLE);
  readBase(message, UNREADABLE);
  const twin = message.twin;
  if (twin === undefined || twin === null) {
    throw new MapperkitError("invalid_input", NO_TWIN, {
      details: { field: "twin", eventId: message.event_id },
    });
  }
  if (!isObject(twin)) throw wrongType(UNREADABLE, "twin", "an object", twin, message.event_id);
  const refused: [string, PropertyRefusal][] = [];
  for (const key in twin) {
    const reason = propertyFault(key, twin[key], message.event_id);
    if (reason === undefined) continue;
    delete twin[key];
    refused.push([key, { code: 400, reason }]);
  }
  return { update: message as unknown as TwinUpdate, refused: Object.fromEntries(refused) };
}

/**
 * Reads a `…/twin/get` or `…/membership/get` body.
 * @throws MapperkitError `invalid_input`
 */
export function parseTwinGet(body: MessageBody): TwinBase {
  const reason = "Unmarshal get request body failed, please check the request";
  return readBase(parseJsonObject(body, reason), reason);
}

/** Fills in event_id and timestamp as Go does: absent and null are the zero value. */
export function readBase(message: JsonObject, reason: string): JsonObject & TwinBase {
  if (
    message.event_id === undefined ||
    message.timestamp === undefined ||
    message.twin === undefined
  ) {
    matchFieldNames(message, MESSAGE_FIELDS);
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

function propertyFault(key: string, twin: unknown, eventId: unknown): string | undefined {
  if (!PROPERTY_KEY.test(key) || key === "__proto__") return BAD_KEY;
  if (twin === null) return undefined;
  const field = `twin.${key}`;
  if (!isObject(twin)) throw wrongType(UNREADABLE, field, "an object or null", twin, eventId);
  if (twin.metadata === undefined || twin.metadata === null)
    dropNulls(matchFieldNames(twin, TWIN_FIELDS));
  else if (!isObject(twin.metadata)) {
    throw wrongType(UNREADABLE, `${field}.metadata`, "an object", twin.metadata, eventId);
  } else if (!isStringOrAbsent(twin.metadata.type)) {
    throw wrongType(UNREADABLE, `${field}.metadata.type`, "a string", twin.metadata.type, eventId);
  }
  if (twin.optional !== undefined && typeof twin.optional !== "boolean") {
    throw wrongType(UNREADABLE, `${field}.optional`, "a boolean", twin.optional, eventId);
  }
  checkVersion(twin.expected_version, `${field}.expected_version`, eventId);
  checkVersion(twin.actual_version, `${field}.actual_version`, eventId);
  return (
    sideFault(twin.expected, `${field}.expected`, eventId) ??
    sideFault(twin.actual, `${field}.actual`, eventId)
  );
}

function sideFault(side: unknown, field: string, eventId: unknown): string | undefined {
  if (side === undefined) return undefined;
  if (side === null) return `${NO_VALUE}: ${field} must have a value, got null`;
  if (!isObject(side)) throw wrongType(UNREADABLE, field, "an object", side, eventId);
  if (side.value === undefined) matchFieldNames(side, VALUE_FIELDS);
  if (side.value === undefined || side.value === null) {
    return `${NO_VALUE}: ${field}.value must be a string, got nothing`;
  }
  if (typeof side.value !== "string") {
    throw wrongType(UNREADABLE, `${field}.value`, "a string", side.value, eventId);
  }
  return undefined;
}

function checkVersion(version: unknown, field: string, eventId: unknown): void {
  if (version === undefined) return;
  if (!isObject(version)) throw wrongType(UNREADABLE, field, "an object", version, eventId);
  matchFieldNames(version, VERSION_FIELDS);
  version.cloud ??= 0;
  version.edge ??= 0;
  if (!Number.isInteger(version.cloud) || !Number.isInteger(version.edge)) {
    throw wrongType(UNREADABLE, field, "two integers, cloud and edge", version, eventId);
  }
}

function isStringOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

/** Go reads null as absent, except for the sides, whose null is refused. */
function dropNulls(twin: JsonObject): void {
  for (const name of ["metadata", "optional", "expected_version", "actual_version", "outcome"]) {
    if (twin[name] === null) delete twin[name];
  }
}
