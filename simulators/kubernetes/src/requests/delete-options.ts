import {
  type DeleteOptions,
  isJsonObject,
  type KubeObject,
  type Target,
} from "../objects/index.ts";
import { badRequest } from "../status/index.ts";
import { decodeBody, mediaTypeOf } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { readWriteOptions } from "./write-query.ts";

/** From the body, which may be absent, and from the query. */
export async function readDeleteOptions(exchange: Exchange): Promise<DeleteOptions> {
  const { dryRun } = readWriteOptions(exchange, "DeleteOptions");
  const bytes = await exchange.body();
  if (bytes.length === 0) return { dryRun };
  const mediaType = mediaTypeOf(exchange.request.headers["content-type"]);
  const body = await decodeBody(bytes, mediaType, true);
  if (body === null) return { dryRun };
  if (!isJsonObject(body)) throw badRequest("DeleteOptions must be an object");
  const asked = Array.isArray(body.dryRun) && body.dryRun.includes("All");
  return { dryRun: dryRun || asked, preconditions: readPreconditions(body.preconditions) };
}

function readPreconditions(value: unknown): DeleteOptions["preconditions"] {
  if (!isJsonObject(value)) return undefined;
  const { uid, resourceVersion } = value;
  return {
    uid: typeof uid === "string" ? uid : undefined,
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : undefined,
  };
}

/** What most kinds answer when the object is gone. */
export function statusOfDeletion({ resource, name }: Target, object: KubeObject): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name,
      ...(resource.group === "" ? {} : { group: resource.group }),
      kind: resource.plural,
      uid: object.metadata.uid,
    },
  };
}
