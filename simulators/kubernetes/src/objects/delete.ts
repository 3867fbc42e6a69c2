import type { User } from "../resources/index.ts";
import { notFound, preconditionFailed } from "../status/index.ts";
import { parseStored, type StoredObject } from "../store/index.ts";
import { askedBy } from "./admission.ts";
import { encoder, view } from "./encode.ts";
import { type KubeObject, secondsTimestamp } from "./kube-object.ts";
import { isFinished } from "./update.ts";
import type { Target, World } from "./world.ts";

/** Holds an object until its dependents are gone. */
export const FOREGROUND_FINALIZER = "foregroundDeletion";
/** Holds an object until its dependents have forgotten it. */
export const ORPHAN_FINALIZER = "orphan";

export type DeletePolicy = "Background" | "Foreground" | "Orphan";

export interface DeleteOptions {
  readonly dryRun: boolean;
  /** Who asks; without one it is the server itself. */
  readonly user?: User | undefined;
  readonly warn?: (text: string) => void;
  /** What becomes of the objects that belong to this one; Background by default. */
  readonly policy?: DeletePolicy | undefined;
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
}

export interface Deletion {
  /** In the request's version: the last state, or the one that waits for its finalizers. */
  readonly object: KubeObject;
  readonly isGone: boolean;
}

const FINALIZERS: Readonly<Record<DeletePolicy, string | undefined>> = {
  Background: undefined,
  Foreground: FOREGROUND_FINALIZER,
  Orphan: ORPHAN_FINALIZER,
};

/** Deletes one object, or marks it where finalizers hold it. A second call changes nothing. */
export async function deleteObject(
  world: World,
  target: Target,
  options: DeleteOptions,
): Promise<Deletion> {
  const { resource, namespace, name } = target;
  const stored = world.store.get(resource.storage, namespace, name);
  if (stored === undefined) throw notFound(resource, name);
  checkPreconditions(target, stored, options);
  if (world.admission !== undefined) {
    const old = await view(resource, stored);
    const asked = { ...target, operation: "DELETE", object: undefined, old } as const;
    const request = { ...asked, ...askedBy(options) };
    await world.admission.mutate(request);
    await world.admission.validate(request);
  }
  return await deleteAdmitted(world, target, options);
}

/** Asking took time: the present state is what is deleted. */
async function deleteAdmitted(
  world: World,
  target: Target,
  options: DeleteOptions,
): Promise<Deletion> {
  const { resource, namespace, name } = target;
  const stored = world.store.get(resource.storage, namespace, name);
  if (stored === undefined) throw notFound(resource, name);
  checkPreconditions(target, stored, options);
  const { object: left, isGone } = markDeleted(world, target, stored, options);
  return { object: await view(resource, left), isGone };
}

/** Works on the stored form: whether a conversion webhook answers must not decide who can be deleted. */
export function markDeleted(
  world: World,
  { resource, namespace, name }: Target,
  stored: StoredObject,
  o: { readonly dryRun?: boolean; readonly policy?: DeletePolicy | undefined } = {},
): { object: StoredObject; isGone: boolean } {
  const object = parseStored(stored);
  const { metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return { object: stored, isGone: false };
  const nowMs = world.clock.now();
  metadata.deletionTimestamp = secondsTimestamp(nowMs);
  metadata.deletionGracePeriodSeconds = 0;
  resource.strategy.beginDeletion?.(object, nowMs);
  const waiting = o.policy === undefined ? undefined : FINALIZERS[o.policy];
  if (waiting !== undefined) {
    metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), waiting])];
  }
  const isGone = isFinished(object);
  if (isGone) {
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
  } else if (metadata.generation !== undefined) metadata.generation += 1;
  const encode = encoder(object);
  if (o.dryRun === true) {
    return { object: { ...stored, json: encode(stored.resourceVersion) }, isGone };
  }
  const write = { resource: resource.storage, namespace, name, uid: stored.uid, encode };
  return { object: isGone ? world.store.remove(write) : world.store.put(write), isGone };
}

function checkPreconditions(
  { resource, name }: Target,
  stored: StoredObject,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== stored.uid) {
    throw preconditionFailed(
      resource,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${stored.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== String(stored.resourceVersion)) {
    throw preconditionFailed(
      resource,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${stored.resourceVersion}). The object might have been modified`,
    );
  }
}
