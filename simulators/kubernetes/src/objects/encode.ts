import type { ServedResource } from "../resources/index.ts";
import { parseStored, type StoredObject } from "../store/index.ts";
import { groupVersion, type KubeObject } from "./kube-object.ts";

/** The object as `resource`'s version shows it; a fresh copy. */
export async function view(resource: ServedResource, stored: StoredObject): Promise<KubeObject> {
  const object = parseStored(stored);
  if (resource.codec.isIdentity) return object;
  const [converted] = await resource.codec.fromStored([object]);
  return converted ?? object;
}

/** The JSON of each object as `resource`'s version shows it; conversions go in one batch. */
export async function encodeAll(
  resource: ServedResource,
  stored: readonly StoredObject[],
): Promise<string[]> {
  const { codec } = resource;
  if (codec.isIdentity) return stored.map((object) => object.json);
  const texts = new Map<StoredObject, string>();
  const unknown = stored.filter((object) => !codec.encoded?.has(object));
  const objects = await codec.fromStored(unknown.map(parseStored));
  const prefix = typePrefix(resource);
  for (const [index, object] of unknown.entries()) {
    const text = JSON.stringify(objects[index]);
    const shared = text === object.json ? object.json : text;
    texts.set(object, shared);
    // What a webhook made is asked for again: it may have learnt better.
    if (object.json.startsWith(prefix)) codec.encoded?.set(object, shared);
  }
  return stored.map((object) => texts.get(object) ?? codec.encoded?.get(object) ?? object.json);
}

/** The objects themselves, for selectors and tables; fresh copies. */
export async function viewAll(
  resource: ServedResource,
  stored: readonly StoredObject[],
): Promise<KubeObject[]> {
  const objects = stored.map(parseStored);
  return resource.codec.isIdentity ? objects : resource.codec.fromStored(objects);
}

/**
 * A function for the store: the object's JSON with its new version. apiVersion and kind come
 * first, so that a list may cut them off.
 */
export function encoder(object: KubeObject): (resourceVersion: number) => string {
  return (resourceVersion) => {
    object.metadata.resourceVersion = String(resourceVersion);
    const { apiVersion, kind, metadata, ...rest } = object;
    return JSON.stringify({ apiVersion, kind, metadata, ...rest });
  };
}

/** What the stored JSON of a kind begins with. */
export function typePrefix(resource: ServedResource): string {
  const apiVersion = groupVersion(resource.group, resource.version);
  return `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(resource.kind)},`;
}
