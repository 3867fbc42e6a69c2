import type { Log } from "@mapperkit/runtime";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type KubeClient,
  type KubeObject,
  type KubeResource,
} from "../kube/index.ts";
import { type Crd, STORED_VERSION } from "./wanted-crds.ts";

const PAGE_SIZE = 500;

/**
 * Has every object stored in an older version written anew, then strikes that version from the CRD:
 * one such object would break every list of v1beta1 while the webhook is away.
 */
export async function migrateStoredVersions(options: {
  client: KubeClient;
  crd: Crd;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { client, crd, log, signal } = options;
  const { name } = crd.metadata;
  const live = await client.get(CUSTOM_RESOURCE_DEFINITIONS, { name }, signal);
  const stored = storedVersions(live);
  if (stored.every((version) => version === STORED_VERSION)) return;
  const count = await rewriteAll(client, resourceOf(crd), signal);
  const patch = { status: { storedVersions: [STORED_VERSION] } };
  await client.mergePatch(
    CUSTOM_RESOURCE_DEFINITIONS,
    { name },
    { patch, subresource: "status", signal },
  );
  log.info("objects are stored in one version now", { crd: name, before: stored, objects: count });
}

async function rewriteAll(
  client: KubeClient,
  resource: KubeResource,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  let next: string | undefined;
  do {
    const query = next === undefined ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, continue: next };
    const page = await client.listPage(resource, query, signal);
    for (const object of page.items) {
      await rewrite(client, resource, object, signal);
      count += 1;
    }
    next = page.continueToken;
  } while (next !== undefined);
  return count;
}

/** A patch that changes nothing: the API server still writes what it would encode differently. */
async function rewrite(
  client: KubeClient,
  resource: KubeResource,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace } = object.metadata;
  const ref = namespace === undefined ? { name } : { name, namespace };
  await client.mergePatch(resource, ref, { patch: {}, signal }).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "not_found";
}

function storedVersions(live: KubeObject): readonly string[] {
  const status = live.status as { storedVersions?: readonly string[] } | undefined;
  return status?.storedVersions ?? [];
}

function resourceOf(crd: Crd): KubeResource {
  const { group, names } = crd.spec as unknown as { group: string; names: { plural: string } };
  return { group, version: STORED_VERSION, plural: names.plural };
}
