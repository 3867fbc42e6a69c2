import protobuf from "protobufjs/minimal.js";
import { badRequest } from "../status/index.ts";
import { decodeMessage } from "./decode-message.ts";
import { messageOfKind } from "./message-table.ts";

const MAGIC = Buffer.from("k8s\0");

interface Unknown {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
}

/**
 * Reads a body of `application/vnd.kubernetes.protobuf`: four bytes, then `runtime.Unknown`, whose
 * raw bytes are the message of the kind that it names.
 * @throws StatusError 400
 */
export function decodeProtobuf(bytes: Buffer): unknown {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw badRequest(
      "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    );
  }
  const { apiVersion, kind, raw } = readUnknown(bytes.subarray(MAGIC.length));
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) {
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  try {
    return { apiVersion, kind, ...(decodeMessage(raw, message) as object) };
  } catch (cause) {
    throw badRequest(`unable to decode the protobuf message of kind ${kind}: ${whyOf(cause)}`);
  }
}

function readUnknown(bytes: Uint8Array): Unknown {
  try {
    const reader = protobuf.Reader.create(bytes);
    const unknown: Unknown = { apiVersion: "", kind: "", raw: new Uint8Array() };
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 0x0a) Object.assign(unknown, readTypeMeta(reader.bytes()));
      else if (tag === 0x12) unknown.raw = reader.bytes();
      else reader.skipType(tag & 7);
    }
    return unknown;
  } catch (cause) {
    throw badRequest(`unable to decode the protobuf envelope: ${whyOf(cause)}`);
  }
}

function readTypeMeta(bytes: Uint8Array): { apiVersion?: string; kind?: string } {
  const reader = protobuf.Reader.create(bytes);
  const meta: { apiVersion?: string; kind?: string } = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 0x0a) meta.apiVersion = reader.string();
    else if (tag === 0x12) meta.kind = reader.string();
    else reader.skipType(tag & 7);
  }
  return meta;
}

function whyOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
