import { trackUpdate } from "../apply/index.ts";
import { withApproval } from "../certificates/request-strategy.ts";
import type { ServedResource } from "../resources/index.ts";
import {
  badRequest,
  type FieldError,
  internalError,
  invalid,
  notFound,
  staleVersion,
} from "../status/index.ts";
import { parseStored, type StoredObject } from "../store/index.ts";
import { askedBy } from "./admission.ts";
import { readObject, validateObject } from "./admit.ts";
import { belongTo, invalidValue } from "./check-metadata.ts";
import { encoder, view } from "./encode.ts";
import {
  copyOf,
  type JsonObject,
  type KubeObject,
  sameJson,
  secondsTimestamp,
} from "./kube-object.ts";
import type { Target, World, WriteOptions } from "./world.ts";

const ATTEMPTS = 5;

/** One update: how the next state comes from the present one. */
export interface Update extends Target {
  /** `status`, `finalize`, or none for the object itself */
  readonly subresource?: string | undefined;
  /** A PUT must say which version it replaces, where the kind asks for it. */
  readonly isReplace: boolean;
  /** Gets a copy of the present state in the request's version; runs again when another write came between. */
  readonly change: (current: KubeObject) => unknown;
}

/** Changes one object; a change that changes nothing writes nothing. */
export async function updateObject(
  world: World,
  update: Update,
  options: WriteOptions,
): Promise<KubeObject> {
  for (let attempt = 1; ; attempt++) {
    const stored = world.store.get(update.resource.storage, update.namespace, update.name);
    if (stored === undefined) throw notFound(update.resource, update.name);
    const done = await attemptUpdate(world, update, options, stored);
    if (done !== undefined) return done;
    if (attempt === ATTEMPTS) throw staleVersion(update.resource, update.name);
  }
}

/** Undefined when another write came between. */
async function attemptUpdate(
  world: World,
  update: Update,
  options: WriteOptions,
  stored: StoredObject,
): Promise<KubeObject | undefined> {
  const { resource } = update;
  const current = await view(resource, stored);
  const next = readObject(resource, await update.change(copyOf(current)), options);
  checkIdentity(update, next, current);
  const merged = mergeSubresource(update, next, current, world.clock.now());
  keepServerFields(resource, merged, current, update);
  const admitted = await mutate(world, update, merged, current, options);
  validateObject(resource, admitted, current, {
    more: newFinalizerFaults(admitted, current),
    warn: options.warn,
  });
  const tracked = track(world, update, admitted, current, options);
  const asked = { ...update, operation: "UPDATE", object: tracked, old: current } as const;
  await world.admission?.validate({ ...asked, ...askedBy(options) });
  const encoded = await resource.codec.toStored(copyOf(tracked));
  // What is stored decides: a write of equal content still brings an object to the storage version.
  if (sameJson(encoded, parseStored(stored))) return current;
  const { storage } = resource;
  if (world.store.get(storage, update.namespace, update.name) !== stored) return undefined;
  if (options.dryRun) return tracked;
  const write = {
    resource: storage,
    namespace: update.namespace,
    name: update.name,
    uid: stored.uid,
    encode: encoder(encoded),
  };
  const written = isFinished(tracked) ? world.store.remove(write) : world.store.put(write);
  tracked.metadata.resourceVersion = String(written.resourceVersion);
  return tracked;
}

/** Webhooks may change what an update leads to; what only the server gives stays. */
async function mutate(
  world: World,
  update: Update,
  next: KubeObject,
  current: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  if (world.admission === undefined) return next;
  const asked = { ...update, operation: "UPDATE", object: next, old: current } as const;
  const changed = await world.admission.mutate({ ...asked, ...askedBy(options) });
  if (changed === undefined || changed === next) return next;
  const { resource } = update;
  const read = readObject(resource, changed, { ...options, fieldValidation: "Ignore" });
  const merged = mergeSubresource(update, read, current, world.clock.now());
  keepServerFields(resource, merged, current, update);
  return merged;
}

function track(
  world: World,
  update: Update,
  next: KubeObject,
  live: KubeObject,
  options: WriteOptions,
): KubeObject {
  if (options.ownsManagedFields === true) return next;
  return trackUpdate({
    live,
    next,
    manager: options.fieldManager,
    apiVersion: next.apiVersion,
    subresource: update.subresource,
    time: secondsTimestamp(world.clock.now()),
    schema: update.resource.openApiSchema,
  }) as KubeObject;
}

/** A deletion waits for finalizers, a namespace's own included; this says whether it is over. */
export function isFinished(object: KubeObject): boolean {
  if (object.metadata.deletionTimestamp === undefined) return false;
  const own = (object.spec as { finalizers?: unknown[] } | undefined)?.finalizers;
  const isHeldByItself = object.kind === "Namespace" && (own?.length ?? 0) > 0;
  return (object.metadata.finalizers?.length ?? 0) === 0 && !isHeldByItself;
}

function checkIdentity(update: Update, next: KubeObject, current: KubeObject): void {
  const { resource, name } = update;
  const { metadata } = next;
  belongTo(metadata, update.namespace);
  metadata.name ??= update.isReplace ? "" : name;
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (metadata.uid !== undefined && metadata.uid !== "" && metadata.uid !== current.metadata.uid) {
    throw invalid(resource, name, [
      invalidValue("metadata.uid", metadata.uid, "field is immutable"),
    ]);
  }
  const version = metadata.resourceVersion ?? "";
  if (version === "") {
    if (update.isReplace && resource.strategy.needsVersionOnUpdate) throw versionMissing(update);
    return;
  }
  if (!/^\d+$/.test(version)) {
    throw internalError(
      `resourceVersion: Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`,
    );
  }
  if (version !== current.metadata.resourceVersion) throw staleVersion(resource, name);
}

function versionMissing({ resource, name }: Update) {
  return invalid(resource, name, [
    {
      type: "FieldValueInvalid",
      field: "metadata.resourceVersion",
      message: "Invalid value: 0x0: must be specified for an update",
    },
  ]);
}

/** Each endpoint may change its own part only. */
function mergeSubresource(
  update: Update,
  next: KubeObject,
  current: KubeObject,
  nowMs: number,
): KubeObject {
  const { resource, subresource } = update;
  if (subresource === "finalize") return { ...current, spec: next.spec };
  if (subresource === "approval") return withApproval(current, next, nowMs);
  if (subresource === "status") {
    const merged = { ...current, metadata: { ...current.metadata } };
    if (resource.strategy.takesMetadataThroughStatus) merged.metadata = next.metadata;
    else if (next.metadata.managedFields)
      merged.metadata.managedFields = next.metadata.managedFields;
    setStatus(merged, next.status);
    return merged;
  }
  if (resource.subresources.status) setStatus(next, current.status);
  return next;
}

function setStatus(object: KubeObject, status: unknown): void {
  if (status === undefined) delete object.status;
  else object.status = status;
}

/** What only the server gives; other values in a write are replaced in silence. */
const KEPT = [
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "selfLink",
  "generation",
] as const;

function keepServerFields(
  resource: ServedResource,
  next: KubeObject,
  current: KubeObject,
  update: Update,
): void {
  const { metadata } = next;
  for (const key of KEPT) {
    if (current.metadata[key] === undefined) delete metadata[key];
    else (metadata as JsonObject)[key] = current.metadata[key];
  }
  if (update.subresource === undefined) resource.strategy.prepare?.(next, current);
  if (resource.strategy.hasGeneration && differsInContent(resource, next, current)) {
    metadata.generation = (current.metadata.generation ?? 0) + 1;
  }
}

function differsInContent(
  resource: ServedResource,
  next: KubeObject,
  current: KubeObject,
): boolean {
  const content = ({ metadata: _, ...object }: KubeObject) => {
    if (resource.subresources.status) delete (object as { status?: unknown }).status;
    return object;
  };
  return !sameJson(content(next), content(current));
}

function newFinalizerFaults(next: KubeObject, current: KubeObject): FieldError[] {
  if (current.metadata.deletionTimestamp === undefined) return [];
  const present = new Set(current.metadata.finalizers);
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !present.has(finalizer));
  if (added.length === 0) return [];
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  return [
    {
      type: "FieldValueForbidden",
      field: "metadata.finalizers",
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    },
  ];
}
