import { randomUUID } from "node:crypto";
import { trackUpdate } from "../apply/index.ts";
import { checkName, generateName, type ServedResource } from "../resources/index.ts";
import {
  alreadyExists,
  internalError,
  invalid,
  namespaceTerminating,
  notFound,
} from "../status/index.ts";
import { parseStored } from "../store/index.ts";
import { askedBy } from "./admission.ts";
import { readObject, validateObject } from "./admit.ts";
import { belongTo } from "./check-metadata.ts";
import { encoder } from "./encode.ts";
import { copyOf, type KubeObject, secondsTimestamp } from "./kube-object.ts";
import type { World, WriteOptions } from "./world.ts";

const GENERATE_ATTEMPTS = 8;

interface Place {
  readonly resource: ServedResource;
  readonly namespace: string;
}

/** Creates the object of a request's body in `namespace` (empty: cluster scope). */
export async function createObject(
  world: World,
  place: Place,
  body: unknown,
  options: WriteOptions,
): Promise<KubeObject> {
  const { resource, namespace } = place;
  const object = readObject(resource, body, options);
  const { metadata } = object;
  if ((metadata.resourceVersion ?? "") !== "") {
    throw internalError("resourceVersion should not be set on objects to be created");
  }
  belongTo(metadata, namespace);
  checkNamespace(world, place, metadata.name ?? "");
  prepare(world, resource, object);
  const admitted = await mutate(world, place, object, options);
  return await insertNamed(world, place, admitted, options);
}

/** Webhooks may change what is created; the result is read as a body is. */
async function mutate(
  world: World,
  { resource, namespace }: Place,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  if (world.admission === undefined) return object;
  const name = object.metadata.name ?? "";
  const asked = { resource, namespace, name, operation: "CREATE", old: undefined } as const;
  const changed = await world.admission.mutate({ ...asked, object, ...askedBy(options) });
  if (changed === undefined || changed === object) return object;
  return readObject(resource, changed, { ...options, fieldValidation: "Ignore" });
}

async function insertNamed(
  world: World,
  place: Place,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const { resource } = place;
  const { metadata } = object;
  if (metadata.name !== undefined) {
    validateObject(resource, object, undefined, {
      more: checkName(metadata.name, resource.strategy.nameRule, "metadata.name"),
      warn: options.warn,
    });
    return await insert(world, place, object, options);
  }
  return await insertGenerated(world, place, object, options);
}

async function insertGenerated(
  world: World,
  place: Place,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const { resource, namespace } = place;
  const base = object.metadata.generateName ?? "";
  for (let attempt = 1; ; attempt++) {
    const name = generateName(base, world.random);
    const named = { ...object, metadata: { ...object.metadata, name } };
    const taken = world.store.get(resource.storage, namespace, name) !== undefined;
    if (taken && attempt < GENERATE_ATTEMPTS) continue;
    validateObject(resource, named, undefined, {
      more: checkName(name, resource.strategy.nameRule, "metadata.generateName"),
      warn: options.warn,
    });
    return await insert(world, place, named, options);
  }
}

async function insert(
  world: World,
  { resource, namespace }: Place,
  object: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const name = object.metadata.name ?? "";
  const tracked = track(world, resource, object, options);
  await world.admission?.validate({
    resource,
    namespace,
    name,
    operation: "CREATE",
    object: tracked,
    old: undefined,
    ...askedBy(options),
  });
  const stored = await resource.codec.toStored(copyOf(tracked));
  // Conversion took time: only now is the present state what the write will meet.
  if (world.store.get(resource.storage, namespace, name) !== undefined) {
    throw alreadyExists(resource, name);
  }
  checkNamespace(world, { resource, namespace }, name);
  if (options.dryRun) return tracked;
  const { resourceVersion } = world.store.put({
    resource: resource.storage,
    namespace,
    name,
    uid: tracked.metadata.uid ?? "",
    encode: encoder(stored),
  });
  tracked.metadata.resourceVersion = String(resourceVersion);
  return tracked;
}

function track(
  world: World,
  resource: ServedResource,
  next: KubeObject,
  options: WriteOptions,
): KubeObject {
  if (options.ownsManagedFields === true) return next;
  return trackUpdate({
    next,
    manager: options.fieldManager,
    apiVersion: next.apiVersion,
    time: secondsTimestamp(world.clock.now()),
    schema: resource.openApiSchema,
  }) as KubeObject;
}

function checkNamespace(world: World, { resource, namespace }: Place, name: string): void {
  if (namespace === "") return;
  const stored = world.store.get("namespaces", "", namespace);
  if (stored === undefined) {
    throw notFound({ group: "", plural: "namespaces", kind: "Namespace" }, namespace);
  }
  if (parseStored(stored).metadata.deletionTimestamp !== undefined) {
    throw namespaceTerminating(resource, name, namespace);
  }
}

/** Gives the object what only the server may give. */
function prepare(world: World, resource: ServedResource, object: KubeObject): void {
  const { metadata } = object;
  const { strategy, subresources } = resource;
  for (const key of ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"]) {
    delete metadata[key];
  }
  if (metadata.name === "") delete metadata.name;
  if (metadata.name === undefined && (metadata.generateName ?? "") === "") {
    throw invalid(resource, "", [
      {
        type: "FieldValueRequired",
        field: "metadata.name",
        message: "Required value: name or generateName is required",
      },
    ]);
  }
  delete metadata.resourceVersion;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = secondsTimestamp(world.clock.now());
  if (strategy.hasGeneration) metadata.generation = 1;
  if (subresources.status) delete object.status;
  strategy.prepare?.(object, undefined);
}
