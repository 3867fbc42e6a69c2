import { createHash } from "node:crypto";
import type { Device, DeviceModel } from "@mapperkit/api";

/**
 * Under this annotation our edge keeps the version of an object as it was sent, and says it again when
 * both ends compare what they hold. A resourceVersion would not do: it moves with every status.
 */
export const LINK_VERSION = "mapperkit.io/link-version";

/** `<uid>.<digest>`: the same as long as nothing changes that an edge reads. */
export function deviceVersion({ metadata, spec }: Device): string {
  const { labels, deletionTimestamp } = metadata;
  return versionOf(metadata.uid, [sorted(labels), deletionTimestamp ?? null, spec ?? null]);
}

export function modelVersion({ metadata, spec }: DeviceModel): string {
  return versionOf(metadata.uid, [spec ?? null]);
}

/** Undefined when the version does not tell. */
export function uidOfVersion(version: string): string | undefined {
  const cut = version.lastIndexOf(".");
  return cut > 0 ? version.slice(0, cut) : undefined;
}

function versionOf(uid: string | undefined, content: unknown): string {
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("base64url");
  return `${uid ?? ""}.${digest.slice(0, 12)}`;
}

function sorted(labels: Readonly<Record<string, string>> | undefined): unknown {
  return Object.entries(labels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
