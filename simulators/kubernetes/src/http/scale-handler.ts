import {
  isJsonObject,
  type JsonObject,
  type KubeObject,
  type Target,
  updateObject,
  view,
  type World,
} from "../objects/index.ts";
import { applyJsonPatch, applyMergePatch } from "../patch/index.ts";
import { negotiate } from "../representation/index.ts";
import {
  decodeBody,
  type Exchange,
  mediaTypeOf,
  parseJson,
  readWriteOptions,
} from "../requests/index.ts";
import type { ScalePaths } from "../resources/index.ts";
import { badRequest, methodNotAllowed, notFound } from "../status/index.ts";

/** `{name}/scale`: an autoscaling/v1 Scale over the paths that the definition names. */
export async function handleScale(
  world: World,
  exchange: Exchange,
  target: Target,
  paths: ScalePaths,
): Promise<void> {
  const { format } = negotiate(exchange.request.headers.accept, []);
  const { resource, namespace, name } = target;
  const stored = world.store.get(resource.storage, namespace, name);
  if (stored === undefined) throw notFound(resource, name);
  if (exchange.method === "GET") {
    return await exchange.send(200, scaleOf(await view(resource, stored), paths), format);
  }
  if (exchange.method !== "PUT" && exchange.method !== "PATCH") throw methodNotAllowed();
  const options = readWriteOptions(exchange, "UpdateOptions");
  const next = await readScale(exchange);
  const change = (current: KubeObject) => {
    const scale = next(scaleOf(current, paths));
    const replicas = isJsonObject(scale) && isJsonObject(scale.spec) ? scale.spec.replicas : 0;
    if (!Number.isInteger(replicas)) throw badRequest("spec.replicas must be an integer");
    setAt(current, paths.specReplicasPath, replicas);
    return current;
  };
  const object = await updateObject(world, { ...target, isReplace: false, change }, options);
  await exchange.send(200, scaleOf(object, paths), format);
}

async function readScale(exchange: Exchange): Promise<(current: object) => unknown> {
  const mediaType = mediaTypeOf(exchange.request.headers["content-type"]);
  const bytes = await exchange.body();
  if (exchange.method === "PUT") {
    const body = await decodeBody(bytes, mediaType, false);
    return () => body;
  }
  const patch = parseJson(bytes, "error decoding patch");
  const isJsonPatch = mediaType === "application/json-patch+json";
  return (current) =>
    isJsonPatch ? applyJsonPatch(current, patch) : applyMergePatch(current, patch);
}

function scaleOf(object: KubeObject, paths: ScalePaths): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.labelSelectorPath && at(object, paths.labelSelectorPath);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: at(object, paths.specReplicasPath) ?? 0 },
    status: {
      replicas: at(object, paths.statusReplicasPath) ?? 0,
      ...(typeof selector === "string" ? { selector } : {}),
    },
  };
}

function keysOf(path: string): string[] {
  return path.split(".").filter((key) => key !== "");
}

function at(object: JsonObject, path: string): unknown {
  let value: unknown = object;
  for (const key of keysOf(path)) value = isJsonObject(value) ? value[key] : undefined;
  return value;
}

function setAt(object: JsonObject, path: string, value: unknown): void {
  const keys = keysOf(path);
  const last = keys.pop();
  let holder: JsonObject = object;
  for (const key of keys) {
    const inner = isJsonObject(holder[key]) ? (holder[key] as JsonObject) : {};
    holder[key] = inner;
    holder = inner;
  }
  if (last !== undefined) holder[last] = value;
}
