import { createHash } from "node:crypto";
import { openApiV3Document } from "../openapi/index.ts";
import type { ResourceRegistry, ServedResource } from "../resources/index.ts";

interface Entry {
  /** What the document is made from: while this stays, so does the text. */
  readonly source: string;
  /** Of the text, for clients keep it for a year: a new release of the same resources must differ. */
  readonly hash: string;
  readonly text: string;
}

/** The OpenAPI v3 documents of what is served now, written when the first is asked for. */
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
        const source = digest(JSON.stringify(resources.map(fingerprint)));
        const known = before.get(path);
        if (known?.source === source) this.#entries.set(path, known);
        else {
          const text = JSON.stringify(documentOf(group, version, resources));
          this.#entries.set(path, { source, hash: digest(text), text });
        }
      }
    }
    return this.#entries;
  }
}

function documentOf(group: string, version: string, resources: readonly ServedResource[]): object {
  return openApiV3Document({
    group,
    version,
    resources: resources.map((resource) => ({
      kind: resource.kind,
      plural: resource.plural,
      singular: resource.singular,
      namespaced: resource.namespaced,
      verbs: resource.verbs,
      ...(resource.message !== undefined
        ? { message: resource.message }
        : resource.openApiSchema === undefined
          ? {}
          : { schema: resource.openApiSchema }),
      subresources: {
        status: resource.subresources.status,
        scale: resource.subresources.scale !== undefined,
      },
    })),
  });
}

/** What a message holds never changes while the server runs. */
function fingerprint(resource: ServedResource) {
  const { plural, kind, verbs, subresources, message } = resource;
  return [plural, kind, verbs, subresources, message ?? resource.openApiSchema];
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").toUpperCase();
}
