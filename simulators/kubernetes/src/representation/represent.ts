import type { JsonObject, KubeObject } from "../objects/index.ts";
import { table } from "../printing/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { badRequest } from "../status/index.ts";
import type { Accepted } from "./negotiate.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

/** How objects of one resource are shown to one client. */
export interface Representation {
  readonly accepted: Accepted;
  readonly includeObject: IncludeObject;
  readonly now: number;
}

/** @throws StatusError 400 for an unknown value of the query's `includeObject` */
export function readIncludeObject(value: string | null): IncludeObject {
  if (value === null || value === "" || value === "Metadata") return "Metadata";
  if (value === "None" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

/** One object as the client asked to see it. */
export function represent(
  resource: ServedResource,
  object: KubeObject,
  { accepted, includeObject, now }: Representation,
): JsonObject {
  if (accepted.shape === "Table") {
    const listMeta = { resourceVersion: object.metadata.resourceVersion };
    const { columns } = resource;
    return table({ columns, objects: [object], includeObject, now, listMeta }) as JsonObject;
  }
  return accepted.shape === undefined ? object : partial(object);
}

/** A list as the client asked to see it; undefined where the objects go out as they are. */
export function representList(
  resource: ServedResource,
  objects: readonly KubeObject[],
  listMeta: object,
  { accepted, includeObject, now }: Representation,
): JsonObject | undefined {
  if (accepted.shape === "Table") {
    const { columns } = resource;
    return table({ columns, objects, includeObject, now, listMeta }) as JsonObject;
  }
  if (accepted.shape === undefined) return undefined;
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: "meta.k8s.io/v1",
    metadata: listMeta,
    items: objects.map(partial),
  };
}

function partial({ metadata }: KubeObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
