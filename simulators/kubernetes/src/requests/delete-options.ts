import {
  type DeleteOptions,
  type DeletePolicy,
  isJsonObject,
  type KubeObject,
  type Target,
} from "../objects/index.ts";
import { badRequest, invalid } from "../status/index.ts";
import { decodeBody, mediaTypeOf } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { readWriteOptions } from "./write-query.ts";

/** From the body, which may be absent, and from the query. */
export async function readDeleteOptions(exchange: Exchange): Promise<DeleteOptions> {
  const { dryRun, user, warn } = readWriteOptions(exchange, "DeleteOptions");
  const by = { user, warn };
  const bytes = await exchange.body();
  const policy = readPolicy(exchange.query.get("propagationPolicy"), undefined);
  if (bytes.length === 0) return { dryRun, policy, ...by };
  const mediaType = mediaTypeOf(exchange.request.headers["content-type"]);
  const body = await decodeBody(bytes, mediaType, true);
  if (body === null) return { dryRun, policy, ...by };
  if (!isJsonObject(body)) throw badRequest("DeleteOptions must be an object");
  const asked = Array.isArray(body.dryRun) && body.dryRun.includes("All");
  return {
    ...by,
    dryRun: dryRun || asked,
    policy: readPolicy(body.propagationPolicy, body.orphanDependents) ?? policy,
    preconditions: readPreconditions(body.preconditions),
  };
}

/** `orphanDependents` is what clients sent before there were policies. */
function readPolicy(value: unknown, orphanDependents: unknown): DeletePolicy | undefined {
  if (value === undefined || value === null)
    return orphanDependents === true ? "Orphan" : undefined;
  if (value === "Background" || value === "Foreground" || value === "Orphan") return value;
  throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [
    {
      type: "FieldValueNotSupported",
      field: "propagationPolicy",
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    },
  ]);
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
