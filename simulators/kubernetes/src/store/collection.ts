import type { StoredObject } from "./stored-object.ts";

/** The present objects of one resource, in memory, in the order of lists. */
export class Collection {
  readonly #objects = new Map<string, StoredObject>();
  #sorted: readonly StoredObject[] | undefined;

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string, name: string): StoredObject | undefined {
    return this.#objects.get(keyOf(namespace, name));
  }

  set(object: StoredObject): void {
    this.#objects.set(keyOf(object.namespace, object.name), object);
    this.#sorted = undefined;
  }

  delete(namespace: string, name: string): void {
    this.#objects.delete(keyOf(namespace, name));
    this.#sorted = undefined;
  }

  /** Sorted by `namespace/name`. */
  list(namespace?: string): readonly StoredObject[] {
    this.#sorted ??= sortObjects([...this.#objects.values()]);
    if (namespace === undefined) return this.#sorted;
    return this.#sorted.filter((object) => object.namespace === namespace);
  }
}

export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** By the bytes of `namespace/name`, as etcd sorts keys; pages of a list depend on it. */
export function sortObjects(objects: StoredObject[]): StoredObject[] {
  return objects.sort((a, b) => {
    const left = keyOf(a.namespace, a.name);
    const right = keyOf(b.namespace, b.name);
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
