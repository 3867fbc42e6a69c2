import { serverSideApply } from "../apply/index.ts";
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  PatchError,
} from "../patch/index.ts";
import type { ServedResource } from "../resources/index.ts";
import {
  badRequest,
  type FieldError,
  invalid,
  notFound,
  StatusError,
  tooLarge,
  unsupportedMediaType,
} from "../status/index.ts";
import { createObject } from "./create.ts";
import { groupVersion, isJsonObject, type KubeObject, secondsTimestamp } from "./kube-object.ts";
import { updateObject } from "./update.ts";
import type { Target, World, WriteOptions } from "./world.ts";

export interface Patch extends Target {
  readonly subresource?: string | undefined;
  readonly mediaType: string;
  /** The parsed body. */
  readonly body: unknown;
  /** Takes fields from their owners; only for apply. */
  readonly force: boolean;
}

export interface Patched {
  readonly object: KubeObject;
  readonly isNew: boolean;
}

export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";
export const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
export const APPLY_PATCH = "application/apply-patch+yaml";

const MOST_OPERATIONS = 10_000;

/** @throws StatusError 415 for a kind of patch that the resource does not take */
export function checkPatchType(resource: ServedResource, mediaType: string): void {
  const accepted = [
    JSON_PATCH,
    MERGE_PATCH,
    ...(resource.custom ? [] : [STRATEGIC_PATCH]),
    APPLY_PATCH,
  ];
  if (accepted.includes(mediaType)) return;
  if (resource.custom) throw unsupportedMediaType(accepted);
  throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

export async function patchObject(
  world: World,
  patch: Patch,
  options: WriteOptions,
): Promise<Patched> {
  if (patch.mediaType === APPLY_PATCH) return await applyObject(world, patch, options);
  const change = changeOf(patch);
  const update = {
    ...patch,
    isReplace: false,
    change: (current: KubeObject) => explain(change, current),
  };
  return { object: await updateObject(world, update, options), isNew: false };
}

function changeOf({ mediaType, body, resource }: Patch): (current: KubeObject) => unknown {
  if (mediaType === JSON_PATCH) {
    if (Array.isArray(body) && body.length > MOST_OPERATIONS) {
      throw tooLarge(
        `The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${body.length}`,
      );
    }
    return (current) => applyJsonPatch(current, body);
  }
  if (!isJsonObject(body)) {
    throw badRequest(
      "error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}",
    );
  }
  if (mediaType === MERGE_PATCH) return (current) => applyMergePatch(current, body);
  return (current) => applyStrategicMergePatch(current, body, resource.mergeKeys);
}

function explain(change: (current: KubeObject) => unknown, current: KubeObject): unknown {
  try {
    return change(current);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.kind === "decode") {
      throw new StatusError(400, "BadRequest", error.message, undefined, { cause: error });
    }
    throw new StatusError(
      422,
      "Invalid",
      "the server rejected our request due to an error in our request",
      {},
      { cause: error },
    );
  }
}

async function applyObject(world: World, patch: Patch, options: WriteOptions): Promise<Patched> {
  const { resource, namespace, name } = patch;
  const applied = readApplied(patch);
  const owned = { ...options, ownsManagedFields: true };
  const merge = (live: KubeObject | undefined) =>
    mergeApplied(world, patch, applied, live, options);
  if (world.store.get(resource.storage, namespace, name) === undefined) {
    if (patch.subresource !== undefined) throw notFound(resource, name);
    const object = await createObject(world, { resource, namespace }, merge(undefined), owned);
    return { object, isNew: true };
  }
  const update = { ...patch, isReplace: false, change: merge };
  return { object: await updateObject(world, update, owned), isNew: false };
}

function readApplied({ body, resource, name, namespace }: Patch): KubeObject {
  if (!isJsonObject(body)) throw badRequest("error decoding YAML: not an object");
  const expected = groupVersion(resource.group, resource.version);
  if (body.apiVersion === undefined || body.kind === undefined) {
    const { apiVersion = "", kind = "" } = body;
    throw badRequest(`invalid object type: ${typeText(String(apiVersion), String(kind))}`);
  }
  if (body.apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(body.apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  const metadata = isJsonObject(body.metadata) ? body.metadata : {};
  if (metadata.managedFields !== undefined) {
    throw badRequest("metadata.managedFields must be nil");
  }
  if (metadata.name === undefined) throw badRequest("name must be provided");
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${String(metadata.name)}) does not match the name on the URL (${name})`,
    );
  }
  if (namespace !== "") metadata.namespace ??= namespace;
  return { ...body, metadata } as KubeObject;
}

function typeText(apiVersion: string, kind: string): string {
  const group = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  return `${group}, Kind=${kind}`;
}

function mergeApplied(
  world: World,
  { resource, force, subresource }: Patch,
  applied: KubeObject,
  live: KubeObject | undefined,
  options: WriteOptions,
): object {
  const result = serverSideApply({
    live,
    applied,
    manager: options.fieldManager,
    force,
    apiVersion: applied.apiVersion,
    time: secondsTimestamp(world.clock.now()),
    schema: resource.openApiSchema,
    subresource,
    resetFields: resource.subresources.status && subresource === undefined ? ["status"] : [],
  });
  if ("object" in result) return result.object;
  throw new StatusError(409, "Conflict", result.message, {
    causes: result.conflicts.map(({ field, message }) => ({
      reason: "FieldManagerConflict",
      message,
      field,
    })),
  });
}

/** @throws StatusError 422 for an apply without a manager's name */
export function checkApplyOptions(mediaType: string, fieldManager: string | undefined): void {
  if (mediaType !== APPLY_PATCH || fieldManager) return;
  const fault: FieldError = {
    type: "FieldValueRequired",
    field: "fieldManager",
    message: "Required value: is required for apply patch",
  };
  throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [fault]);
}
