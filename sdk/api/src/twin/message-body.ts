import { describeValue, MapperkitError } from "../errors.ts";

/**
 * What a message arrives as: the bytes or text of an MQTT payload or frame, or the content of an
 * envelope, which is parsed already unless the sender encoded it twice. Parsers make a parsed object
 * their own: it is normalised in place, since copying costs as much as parsing.
 */
export type MessageBody = unknown;

export type JsonObject = Record<string, unknown>;

const utf8 = new TextDecoder();

/** @throws MapperkitError `invalid_input` beginning with `reason`, KubeEdge's words for this message. */
export function parseJsonObject(body: MessageBody, reason: string): JsonObject {
  let value: unknown = body;
  if (typeof body === "string" || body instanceof Uint8Array) {
    try {
      value = JSON.parse(typeof body === "string" ? body : utf8.decode(body));
    } catch (cause) {
      throw new MapperkitError("invalid_input", reason, { cause, details: { field: "" } });
    }
  }
  if (!isObject(value)) throw wrongType(reason, "", "a JSON object", value);
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names field, value and expectation behind KubeEdge's words; `eventId` lets the answer be matched. */
export function wrongType(
  reason: string,
  field: string,
  expectation: string,
  value: unknown,
  eventId?: unknown,
): MapperkitError {
  const where = field === "" ? "the body" : field;
  const got = describeValue(value);
  return new MapperkitError(
    "invalid_input",
    `${reason}: ${where} must be ${expectation}, got ${got}`,
    { details: { field, value: got, ...(typeof eventId === "string" ? { eventId } : {}) } },
  );
}

/**
 * Go's encoding/json takes `Twin` for `twin`; so do we. The exact name wins. Returns the same object
 * with the known names put right.
 */
export function matchFieldNames(object: JsonObject, known: ReadonlySet<string>): JsonObject {
  for (const key of Object.keys(object)) {
    if (known.has(key)) continue;
    const name = key.toLowerCase();
    if (known.has(name) && object[name] === undefined) object[name] = object[key];
  }
  return object;
}
