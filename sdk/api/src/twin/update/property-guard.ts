import { isObject, type JsonObject, matchFieldNames, wrongType } from "../message-body.ts";

export const UNREADABLE = "Unmarshal update request body failed, please check the request";
const BAD_KEY =
  "The key of twin must only include upper or lowercase letters, number, english, and special letter - _ . , : / @ # and the length of key should be less than 128 bytes";
/** KubeEdge's words for a null that it cannot take; its worker dies of an empty side (kubeedge#7126). */
const NO_VALUE = "the request body is wrong";

/** By character code; a table costs a third of a regular expression. */
const IS_KEY_CHARACTER = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:/@#") {
  IS_KEY_CHARACTER[character.charCodeAt(0)] = 1;
}
const PHASES: ReadonlySet<unknown> = new Set(["Pending", "Applied", "Rejected", "Diverged"]);

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

/**
 * Why a property cannot be taken by itself.
 * @throws MapperkitError `invalid_input` where a field has a type that makes the whole body unreadable.
 */
export function propertyFault(key: string, twin: unknown, eventId: string): string | undefined {
  if (!isPropertyKey(key)) return BAD_KEY;
  if (twin === null) return undefined;
  if (!isObject(twin))
    throw wrongType(UNREADABLE, `twin.${key}`, "an object or null", twin, eventId);
  if (!isObject(twin.metadata)) readNames(twin, key, eventId);
  if (hasNull(twin)) dropNulls(twin);
  const { metadata, optional, outcome } = twin;
  if (isObject(metadata) && !isTextOrAbsent(metadata.type)) {
    throw wrongType(UNREADABLE, `twin.${key}.metadata.type`, "a string", metadata.type, eventId);
  }
  if (optional !== undefined && typeof optional !== "boolean") {
    throw wrongType(UNREADABLE, `twin.${key}.optional`, "a boolean", optional, eventId);
  }
  if (twin.expected_version !== undefined || twin.actual_version !== undefined) {
    readVersion(twin.expected_version, `twin.${key}.expected_version`, eventId);
    readVersion(twin.actual_version, `twin.${key}.actual_version`, eventId);
    dropEmptySides(twin);
  }
  return (
    sideFault(twin.expected, key, "expected", eventId) ??
    sideFault(twin.actual, key, "actual", eventId) ??
    (outcome === undefined ? undefined : outcomeFault(outcome, key))
  );
}

function isPropertyKey(key: string): boolean {
  if (key.length === 0 || key.length > 128 || key === "__proto__") return false;
  for (let i = 0; i < key.length; i++) if (IS_KEY_CHARACTER[key.charCodeAt(i)] !== 1) return false;
  return true;
}

function readNames(twin: JsonObject, key: string, eventId: string): void {
  matchFieldNames(twin, TWIN_FIELDS);
  const { metadata } = twin;
  if (metadata !== undefined && metadata !== null && !isObject(metadata)) {
    throw wrongType(UNREADABLE, `twin.${key}.metadata`, "an object", metadata, eventId);
  }
}

function hasNull(twin: JsonObject): boolean {
  return (
    twin.metadata === null ||
    twin.optional === null ||
    twin.expected_version === null ||
    twin.actual_version === null ||
    twin.outcome === null
  );
}

/** Go reads null as absent; only the sides are ours to refuse. */
function dropNulls(twin: JsonObject): void {
  for (const name of TWIN_FIELDS) {
    if (twin[name] === null && name !== "expected" && name !== "actual") delete twin[name];
  }
}

/** What an edge reports of a deleted property: versions without values. */
function dropEmptySides(twin: JsonObject): void {
  for (const side of ["expected", "actual"] as const) {
    const value = twin[side];
    if (value === null || (isObject(value) && (value.value ?? null) === null)) delete twin[side];
  }
}

function sideFault(side: unknown, key: string, name: string, eventId: string): string | undefined {
  if (side === undefined) return undefined;
  if (side === null) return `${NO_VALUE}: twin.${key}.${name} must have a value, got null`;
  if (!isObject(side))
    throw wrongType(UNREADABLE, `twin.${key}.${name}`, "an object", side, eventId);
  if (side.value === undefined) matchFieldNames(side, VALUE_FIELDS);
  const { value, metadata } = side;
  if (value === undefined || value === null) {
    return `${NO_VALUE}: twin.${key}.${name}.value must be a string, got nothing`;
  }
  if (typeof value !== "string") {
    throw wrongType(UNREADABLE, `twin.${key}.${name}.value`, "a string", value, eventId);
  }
  if (metadata === undefined) return undefined;
  if (metadata === null) delete side.metadata;
  else if (!isObject(metadata)) {
    throw wrongType(UNREADABLE, `twin.${key}.${name}.metadata`, "an object", metadata, eventId);
  } else return metadataFault(metadata, key, name, eventId);
  return undefined;
}

function metadataFault(
  metadata: JsonObject,
  key: string,
  side: string,
  eventId: string,
): string | undefined {
  const { timestamp, sourceTimestamp, quality, reason } = metadata;
  if (timestamp !== undefined && typeof timestamp !== "number") {
    if (timestamp !== null) {
      const field = `twin.${key}.${side}.metadata.timestamp`;
      throw wrongType(UNREADABLE, field, "a number (ms)", timestamp, eventId);
    }
    delete metadata.timestamp;
  }
  if (sourceTimestamp !== undefined && typeof sourceTimestamp !== "number") {
    return `${NO_VALUE}: twin.${key}.${side}.metadata.sourceTimestamp must be a number (ms)`;
  }
  if (quality !== undefined && quality !== "Good" && quality !== "Uncertain" && quality !== "Bad") {
    return `${NO_VALUE}: twin.${key}.${side}.metadata.quality must be Good, Uncertain or Bad`;
  }
  if (reason !== undefined && typeof reason !== "string") {
    return `${NO_VALUE}: twin.${key}.${side}.metadata.reason must be a string`;
  }
  return undefined;
}

function outcomeFault(outcome: unknown, key: string): string | undefined {
  const field = `twin.${key}.outcome`;
  if (!isObject(outcome)) return `${NO_VALUE}: ${field} must be an object`;
  const { phase, generation, timestamp, reason, message } = outcome;
  if (!PHASES.has(phase)) {
    return `${NO_VALUE}: ${field}.phase must be Pending, Applied, Rejected or Diverged`;
  }
  if (generation !== undefined && !Number.isInteger(generation)) {
    return `${NO_VALUE}: ${field}.generation must be an integer`;
  }
  if (timestamp !== undefined && typeof timestamp !== "number") {
    return `${NO_VALUE}: ${field}.timestamp must be a number (ms)`;
  }
  if (!isTextOrAbsent(reason) || !isTextOrAbsent(message)) {
    return `${NO_VALUE}: ${field}.reason and message must be strings`;
  }
  return undefined;
}

function readVersion(version: unknown, field: string, eventId: string): void {
  if (version === undefined) return;
  if (!isObject(version)) throw wrongType(UNREADABLE, field, "an object", version, eventId);
  if (version.cloud === undefined || version.edge === undefined) {
    matchFieldNames(version, VERSION_FIELDS);
    version.cloud ??= 0;
    version.edge ??= 0;
  }
  if (!Number.isInteger(version.cloud) || !Number.isInteger(version.edge)) {
    throw wrongType(UNREADABLE, field, "two integers, cloud and edge", version, eventId);
  }
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}
