import { canonicalJson, isObject, type Json, member, withMember } from "../json.ts";
import type { Leftover } from "./leftovers.ts";

export type Version = "v1alpha2" | "v1beta1";

/** What a version's object carries of the other version, by the version that it came from. */
const ANNOTATIONS: Readonly<Record<Version, string>> = {
  v1alpha2: "mapperkit/kept-from-v1alpha2",
  v1beta1: "mapperkit/kept-from-v1beta1",
};

/** All annotations of an object may have 256 KiB, kubectl's copy of the object among them. */
const MAX_ANNOTATION_BYTES = 64 * 1024;

/** Bad ones are no error: an annotation is anybody's to write. */
export function readLeftovers(object: Json, from: Version): readonly unknown[] {
  const annotation = member(member(member(object, "metadata"), "annotations"), ANNOTATIONS[from]);
  const items = typeof annotation === "string" ? parse(annotation) : undefined;
  if (Array.isArray(items)) return items;
  const kept = member(member(object, "conversion"), from);
  return Array.isArray(kept) ? kept : [];
}

/** The object's annotations and `conversion` field without what is ours, and with `items`. */
export function carryLeftovers(object: Json, from: Version, items: readonly Leftover[]): Json {
  const text = items.length > 0 ? canonicalJson(items) : undefined;
  const isLarge = text !== undefined && utf8Length(text) > MAX_ANNOTATION_BYTES;
  const metadata = isObject(object.metadata) ? object.metadata : undefined;
  const result =
    metadata || (text && !isLarge)
      ? withMember(
          object,
          "metadata",
          withAnnotation(metadata ?? {}, from, isLarge ? undefined : text),
        )
      : object;
  return withMember(result, "conversion", isLarge ? { [from]: items } : undefined);
}

function withAnnotation(metadata: Json, from: Version, text: string | undefined): Json {
  const before = metadata.annotations;
  if (before !== undefined && before !== null && !isObject(before)) return metadata;
  const others = Object.entries(before ?? {}).filter(
    ([name]) => name !== ANNOTATIONS.v1alpha2 && name !== ANNOTATIONS.v1beta1,
  );
  if (text !== undefined) {
    return { ...metadata, annotations: Object.fromEntries([...others, [ANNOTATIONS[from], text]]) };
  }
  if (!isObject(before) || others.length === Object.keys(before).length) return metadata;
  return withMember(
    metadata,
    "annotations",
    others.length > 0 ? Object.fromEntries(others) : undefined,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
