import type { IncomingMessage } from "node:http";
import { badRequest, StatusError, tooLarge, unsupportedMediaType } from "../status/index.ts";

const MOST_BYTES = 3 * 1024 * 1024;
const PROTOBUF = "application/vnd.kubernetes.protobuf";

export const BODY_TYPES = ["application/json", "application/yaml", PROTOBUF] as const;

/** Reads the whole body. @throws StatusError 413 beyond 3 MiB */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and dropped: an answer before the end of a body would reset the connection.
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  if (size > MOST_BYTES) throw tooLarge(`Request entity too large: limit is ${MOST_BYTES}`);
  return Buffer.concat(chunks);
}

/** The media type without its parameters, lower-case. */
export function mediaTypeOf(header: string | undefined): string {
  return (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/**
 * Reads an object from a body in one of the types that requests use.
 * @throws StatusError 415 for other types, 400 for text that is not of its type
 */
export async function decodeBody(
  bytes: Buffer,
  mediaType: string,
  takesProtobuf: boolean,
): Promise<unknown> {
  if (mediaType === "" || mediaType === "application/json") {
    return parseJson(bytes, "couldn't get version/kind; json parse error");
  }
  if (mediaType === "application/yaml") return await parseYaml(bytes);
  if (mediaType === PROTOBUF && takesProtobuf) {
    // Loaded by the first such request: many servers never see one.
    const { decodeProtobuf } = await import("../protobuf/index.ts");
    return decodeProtobuf(bytes);
  }
  const accepted = BODY_TYPES.filter((type) => takesProtobuf || type !== PROTOBUF);
  throw unsupportedMediaType(accepted);
}

/** @throws StatusError 400, its message beginning with `context` */
export function parseJson(bytes: Buffer, context: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw badText(context, cause);
  }
}

/**
 * YAML 1.1 as kubectl and the real server read it: an unquoted `on` is a boolean, a date is text.
 * @throws StatusError 400
 */
export async function parseYaml(bytes: Buffer): Promise<unknown> {
  const { parse } = await import("yaml");
  try {
    return parse(bytes.toString("utf8"), {
      version: "1.1",
      customTags: (tags) => tags.filter((tag) => !isDateTag(tag)),
      logLevel: "silent",
    });
  } catch (cause) {
    throw badText("error converting YAML to JSON", cause);
  }
}

function isDateTag(tag: unknown): boolean {
  const name = typeof tag === "string" ? tag : (tag as { tag?: string }).tag;
  return name === "timestamp" || name === "tag:yaml.org,2002:timestamp";
}

function badText(context: string, cause: unknown): StatusError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const { code, reason, message } = badRequest(`${context}: ${why}`);
  return new StatusError(code, reason, message, undefined, { cause });
}
