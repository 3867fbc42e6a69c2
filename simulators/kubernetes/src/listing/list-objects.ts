import type { World } from "../objects/index.ts";
import { type KubeObject, viewAll } from "../objects/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { parseSelection, type Selection } from "../selectors/index.ts";
import { badRequest, expired, StatusError, versionTooLarge } from "../status/index.ts";
import { parseStored, type StoredObject } from "../store/index.ts";
import { decodeToken, encodeToken, type PagePosition } from "./continue-token.ts";
import type { ListOptions } from "./list-options.ts";

export interface Page {
  readonly stored: readonly StoredObject[];
  /** The list's metadata. */
  readonly meta: ListMeta;
}

export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** One page of the objects that a list asks for; all pages show the state of the first. */
export async function listObjects(
  world: World,
  { resource, namespace }: { readonly resource: ServedResource; readonly namespace: string },
  options: ListOptions,
): Promise<Page> {
  const selection = parseSelection(resource, {
    labels: options.labelSelector,
    fields: options.fieldSelector,
  });
  const position = positionOf(world, options);
  const where = { resource, namespace: namespace === "" ? undefined : namespace };
  const all = snapshot(world, where, position, options);
  const after = all.filter((object) => keyOf(object) >= position.start);
  const selected = await select(resource, after, selection);
  // The real server's cache ignores the limit where any state will do.
  const limit = options.resourceVersion === 0 ? 0 : options.limit;
  return cut(selected, limit, position, selection);
}

function positionOf({ store }: World, options: ListOptions): PagePosition {
  const { resourceVersion, resourceVersionMatch, continueToken } = options;
  if (continueToken !== "") {
    if (resourceVersion !== undefined && resourceVersion !== 0) {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const position = decodeToken(continueToken);
    if (position.resourceVersion >= 0) return position;
    return { resourceVersion: store.version, start: position.start };
  }
  if (resourceVersion !== undefined && resourceVersion > store.version) {
    throw versionTooLarge(resourceVersion, store.version);
  }
  const isExact = resourceVersionMatch === "Exact" && resourceVersion !== undefined;
  return { resourceVersion: isExact ? resourceVersion : store.version, start: "" };
}

function snapshot(
  { store }: World,
  {
    resource,
    namespace,
  }: { readonly resource: ServedResource; readonly namespace?: string | undefined },
  position: PagePosition,
  options: ListOptions,
): readonly StoredObject[] {
  const objects = store.listAt(resource.storage, namespace, position.resourceVersion);
  if (objects !== undefined) return objects;
  if (options.continueToken === "") {
    throw expired("The resourceVersion for the provided list is too old.");
  }
  throw tokenExpired(position);
}

/** The client may go on without consistency: the answer carries a token for that. */
function tokenExpired({ start }: PagePosition): StatusError {
  return new StatusError(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    undefined,
    { metadata: { continue: encodeToken({ resourceVersion: -1, start }) } },
  );
}

async function select(
  resource: ServedResource,
  objects: readonly StoredObject[],
  { matches, name }: Selection,
): Promise<readonly StoredObject[]> {
  const named = name === undefined ? objects : objects.filter((object) => object.name === name);
  if (matches === undefined) return named;
  const views = await selectable(resource, named);
  return named.filter((_, index) => {
    const object = views[index];
    return object !== undefined && matches(object);
  });
}

/** Labels and names are the same in every version; only selectable fields need a conversion. */
async function selectable(
  resource: ServedResource,
  objects: readonly StoredObject[],
): Promise<readonly KubeObject[]> {
  return resource.fields.size === 0 ? objects.map(parseStored) : await viewAll(resource, objects);
}

function cut(
  objects: readonly StoredObject[],
  limit: number,
  position: PagePosition,
  selection: Selection,
): Page {
  const meta: ListMeta = { resourceVersion: String(position.resourceVersion) };
  if (limit === 0 || objects.length <= limit) return { stored: objects, meta };
  const stored = objects.slice(0, limit);
  const last = stored.at(-1);
  if (last !== undefined) {
    const start = `${keyOf(last)}\u0000`;
    meta.continue = encodeToken({ resourceVersion: position.resourceVersion, start });
  }
  if (selection.matches === undefined) meta.remainingItemCount = objects.length - limit;
  return { stored, meta };
}

function keyOf({ namespace, name }: StoredObject): string {
  return `${namespace}/${name}`;
}
