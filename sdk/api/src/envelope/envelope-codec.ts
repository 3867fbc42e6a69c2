import { describeValue, MapperkitError } from "../errors.ts";
import type { Envelope } from "./envelope.ts";

/**
 * Reads one frame of the cloud–edge link. Tolerates envelopes without header fields, route, source
 * or content: a stock edge sends `{"route":{},"content":null}` when it is stopped.
 * @throws MapperkitError `invalid_input` naming the field
 */
export function parseEnvelope(text: string): Envelope {
  return readEnvelope(parseJson(text));
}

/** What a frame held: with the feature `frames` an array of envelopes, each good or bad by itself. */
export interface Frame {
  readonly envelopes: readonly Envelope[];
  readonly faults: readonly MapperkitError[];
}

/** Never throws: what cannot be read is among the faults, and costs the others nothing. */
export function parseFrame(text: string): Frame {
  const envelopes: Envelope[] = [];
  const faults: MapperkitError[] = [];
  try {
    const value = parseJson(text);
    for (const each of Array.isArray(value) ? value : [value]) {
      try {
        envelopes.push(readEnvelope(each));
      } catch (error) {
        faults.push(asFault(error));
      }
    }
  } catch (error) {
    faults.push(asFault(error));
  }
  return { envelopes, faults };
}

function asFault(error: unknown): MapperkitError {
  if (error instanceof MapperkitError) return error;
  throw error;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MapperkitError("invalid_input", "the frame is not JSON", {
      cause,
      details: { field: "" },
    });
  }
}

function readEnvelope(value: unknown): Envelope {
  const frame = asObject(value, "the frame");
  const header = asObject(frame.header ?? {}, "header");
  const route = asObject(frame.route ?? {}, "route");
  header.msg_id ??= "";
  header.timestamp ??= 0;
  if (typeof header.timestamp !== "number")
    throw wrong("header.timestamp", "a number", header.timestamp);
  if (typeof header.msg_id !== "string") throw wrong("header.msg_id", "a string", header.msg_id);
  checkText(header, "header.", "parent_msg_id");
  checkText(header, "header.", "resourceversion");
  checkText(route, "route.", "source");
  checkText(route, "route.", "group");
  checkText(route, "route.", "operation");
  checkText(route, "route.", "resource");
  frame.header = header;
  frame.route = route;
  return frame as unknown as Envelope;
}

/** One JSON text; empty strings, `false` and absent are equal, so they are left out. */
export function encodeEnvelope({ header, route, content }: Envelope): string {
  return JSON.stringify({
    header: {
      msg_id: header.msg_id,
      parent_msg_id: header.parent_msg_id || undefined,
      timestamp: header.timestamp,
      resourceversion: header.resourceversion || undefined,
      sync: header.sync || undefined,
      type: header.type || undefined,
    },
    route: {
      source: route.source || undefined,
      destination: route.destination || undefined,
      group: route.group || undefined,
      operation: route.operation || undefined,
      resource: route.resource || undefined,
    },
    content: content ?? null,
  });
}

export interface EnvelopeParts {
  id: string;
  /** ms since 1970 */
  timestamp: number;
  parentId?: string;
  resourceVersion?: string;
  source: string;
  group: string;
  operation: string;
  resource: string;
  content: unknown;
}

export function makeEnvelope(parts: EnvelopeParts): Envelope {
  const { id, timestamp, parentId, resourceVersion } = parts;
  const { source, group, operation, resource, content } = parts;
  return {
    header: {
      msg_id: id,
      ...(parentId ? { parent_msg_id: parentId } : {}),
      timestamp,
      ...(resourceVersion ? { resourceversion: resourceVersion } : {}),
    },
    route: { source, group, operation, resource },
    content,
  };
}

function asObject(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(field, "an object", value);
  }
  return value as Record<string, unknown>;
}

function checkText(part: Record<string, unknown>, prefix: string, name: string): void {
  const value = part[name];
  if (value === undefined || typeof value === "string") return;
  if (value !== null) throw wrong(prefix + name, "a string", value);
  delete part[name];
}

function wrong(field: string, expectation: string, value: unknown): MapperkitError {
  const got = describeValue(value);
  return new MapperkitError("invalid_input", `${field} must be ${expectation}, got ${got}`, {
    details: { field, value: got },
  });
}
