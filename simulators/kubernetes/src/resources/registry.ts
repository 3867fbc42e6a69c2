import type { ServedResource } from "./served-resource.ts";
import { compareVersions } from "./version-order.ts";

/** A group with its served versions, the preferred one first. */
export interface ServedGroup {
  readonly group: string;
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly ServedResource[];
  }[];
}

/** Every resource that is served at this moment. Changes are visible to the next request. */
export class ResourceRegistry {
  readonly #builtIn: readonly ServedResource[];
  readonly #custom = new Map<string, readonly ServedResource[]>();
  #byPath = new Map<string, ServedResource>();
  #groups: readonly ServedGroup[] = [];
  #epoch = 0;

  constructor(builtIn: readonly ServedResource[]) {
    this.#builtIn = builtIn;
    this.#rebuild();
  }

  /** Rises with every change; what is derived from the registry may be kept while it stays. */
  get epoch(): number {
    return this.#epoch;
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#byPath.get(pathOf(group, version, plural));
  }

  /** The core group first, then by name. */
  groups(): readonly ServedGroup[] {
    return this.#groups;
  }

  all(): ServedResource[] {
    return [...this.#byPath.values()];
  }

  /** The served versions of one definition; none removes it. */
  setCustom(definition: string, resources: readonly ServedResource[]): void {
    if (resources.length === 0) this.#custom.delete(definition);
    else this.#custom.set(definition, resources);
    this.#rebuild();
  }

  #rebuild(): void {
    const all = [...this.#builtIn, ...[...this.#custom.values()].flat()];
    this.#byPath = new Map(
      all.map((resource) => [pathOf(resource.group, resource.version, resource.plural), resource]),
    );
    const names = [...new Set(all.map((resource) => resource.group))].sort();
    this.#groups = names.map((group) => groupOf(group, all));
    this.#epoch += 1;
  }
}

function groupOf(group: string, all: readonly ServedResource[]): ServedGroup {
  const members = all.filter((resource) => resource.group === group);
  const versions = [...new Set(members.map((resource) => resource.version))].sort(compareVersions);
  return {
    group,
    versions: versions.map((version) => ({
      version,
      resources: members
        .filter((resource) => resource.version === version)
        .sort((a, b) => (a.plural < b.plural ? -1 : 1)),
    })),
  };
}

function pathOf(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
