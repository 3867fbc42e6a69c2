import { createHash } from "node:crypto";
import { openApiV3Document } from "../openapi/index.ts";
import type { ResourceRegistry, ServedResource } from "../resources/index.ts";

interface Entry {
  readonly hash: string;
  readonly resources: readonly ServedResource[];
  readonly group: string;
  readonly version: string;
  text?: string;
}

/** The OpenAPI v3 documents of what is served now. A document is written when it is first read. */
export class OpenApiDocuments {
  readonly #registry: ResourceRegistry;
  #epoch = -1;
  #entries = new Map<string, Entry>();

  constructor(registry: ResourceRegistry) {
    this.#registry = registry;
  }

  /** Changes with any document. */
  get hash(): string {
    return digest([...this.#current().values()].map(({ hash }) => hash).join());
  }

  /** `/openapi/v3` */
  index(): object {
    const paths = [...this.#current()].map(([path, { hash }]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
    ]);
    return { paths: Object.fromEntries(paths) as object };
  }

  /** `path` is `api/v1` or `apis/{group}/{version}`. */
  document(path: string): { readonly hash: string; readonly text: string } | undefined {
    const entry = this.#current().get(path);
    if (entry === undefined) return undefined;
    entry.text ??= JSON.stringify(documentOf(entry));
    return { hash: entry.hash, text: entry.text };
  }

  /** Entries whose resources did not change keep their text. */
  #current(): ReadonlyMap<string, Entry> {
    if (this.#epoch === this.#registry.epoch) return this.#entries;
    const before = this.#entries;
    this.#entries = new Map();
    this.#epoch = this.#registry.epoch;
    for (const { group, versions } of this.#registry.groups()) {
      for (const { version, resources } of versions) {
        const path = group === "" ? `api/${version}` : `apis/${group}/${version}`;
        const hash = digest(JSON.stringify(resources.map(fingerprint)));
        const known = before.get(path);
        this.#entries.set(path, known?.hash === hash ? known : { hash, group, version, resources });
      }
    }
    return this.#entries;
  }
}

function documentOf({ group, version, resources }: Entry): object {
  return openApiV3Document({
    group,
    version,
    resources: resources.map(({ kind, plural, singular, namespaced, verbs, ...resource }) => ({
      kind,
      plural,
      singular,
      namespaced,
      verbs,
      ...(resource.openApiSchema === undefined ? {} : { schema: resource.openApiSchema }),
      subresources: {
        status: resource.subresources.status,
        scale: resource.subresources.scale !== undefined,
      },
    })),
  });
}

function fingerprint({ plural, kind, verbs, subresources, openApiSchema }: ServedResource) {
  return [plural, kind, verbs, subresources, openApiSchema];
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").toUpperCase();
}
