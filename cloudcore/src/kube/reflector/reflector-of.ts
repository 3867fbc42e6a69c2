import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import { isOlder } from "../../devicecontroller/resource-version.ts";
import type { KubeClient } from "../client/kube-client.ts";
import type { KubeObject } from "../client/kube-object.ts";
import type { KubeResource } from "../client/kube-resource.ts";
import type { Change } from "./object-cache.ts";
import { Reflector, type ReflectorSource } from "./reflector.ts";

export interface ReflectorParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A reflector of one resource that tells of typed objects; `parse` gives undefined for foreign ones. */
export function reflectorOf<T>(
  parts: ReflectorParts,
  resource: KubeResource,
  to: {
    parse: (object: KubeObject) => T | undefined;
    seen: (object: T) => void;
    gone: (object: T) => void;
  },
  scope: { namespace?: string } = {},
): Reflector {
  return new Reflector({
    ...parts,
    name: resource.plural,
    source: sourceOf(parts.client, resource, scope),
    onChange: (change) => {
      const parsed = tryParse(change.object, to.parse, parts.log);
      if (parsed === undefined) return;
      // A list from a store that was restored: what was known of the object is of no more use.
      if (change.type === "deleted" || wentBack(change)) to.gone(parsed);
      if (change.type !== "deleted") to.seen(parsed);
    },
  });
}

function wentBack(change: Change): boolean {
  return change.type === "modified" && isOlder(change.object.metadata, change.previous.metadata);
}

/** What a foreign CRD lets through and we cannot read keeps its last readable form. */
function tryParse<T>(
  object: KubeObject,
  parse: (o: KubeObject) => T | undefined,
  log: Log,
): T | undefined {
  try {
    return parse(object);
  } catch (error) {
    if (!(error instanceof MapperkitError)) throw error;
    const { namespace, name } = object.metadata;
    log.warn("an object cannot be read", {
      kind: object.kind,
      object: `${namespace}/${name}`,
      error,
    });
    return undefined;
  }
}

function sourceOf(
  client: KubeClient,
  resource: KubeResource,
  scope: { namespace?: string },
): ReflectorSource {
  return {
    get accessGeneration() {
      return client.accessGeneration;
    },
    listPage: (query, signal) => client.listPage(resource, { ...scope, ...query }, signal),
    watch: (options, signal) => client.watch(resource, { ...scope, ...options }, signal),
  };
}
