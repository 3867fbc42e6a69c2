import type { StoredObject } from "./stored-object.ts";

/** From this share of changed objects on, sorting anew is cheaper than putting each in its place. */
const RESORT_SHARE = 0.05;

/** The present objects of one resource, in memory, in the order of lists. */
export class Collection {
  readonly #objects = new Map<string, StoredObject>();
  /** As of the last list; lists that were handed out are never changed. */
  #sorted: readonly StoredObject[] = [];
  /** Keys that changed since. */
  readonly #changed = new Set<string>();

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string, name: string): StoredObject | undefined {
    return this.#objects.get(keyOf(namespace, name));
  }

  set(object: StoredObject): void {
    const key = keyOf(object.namespace, object.name);
    this.#objects.set(key, object);
    this.#changed.add(key);
  }

  delete(namespace: string, name: string): void {
    const key = keyOf(namespace, name);
    this.#objects.delete(key);
    this.#changed.add(key);
  }

  /** Sorted by `namespace/name`. */
  list(namespace?: string): readonly StoredObject[] {
    if (this.#changed.size > 0) this.#sorted = this.#sort();
    this.#changed.clear();
    if (namespace === undefined) return this.#sorted;
    const from = placeOf(this.#sorted, `${namespace}/`);
    // The character after the slash: all keys of the namespace, and no other, lie between.
    return this.#sorted.slice(from, placeOf(this.#sorted, `${namespace}0`));
  }

  #sort(): readonly StoredObject[] {
    if (this.#changed.size > this.#sorted.length * RESORT_SHARE) {
      const keys = [...this.#objects.keys()].sort();
      return keys.flatMap((key) => this.#objects.get(key) ?? []);
    }
    const sorted = [...this.#sorted];
    for (const key of this.#changed) {
      const place = placeOf(sorted, key);
      const found = sorted[place];
      const isThere = found !== undefined && keyOf(found.namespace, found.name) === key;
      const object = this.#objects.get(key);
      sorted.splice(place, isThere ? 1 : 0, ...(object === undefined ? [] : [object]));
    }
    return sorted;
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

/** The first place whose key is not before `key`. */
function placeOf(sorted: readonly StoredObject[], key: string): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const object = sorted[middle] as StoredObject;
    if (keyOf(object.namespace, object.name) < key) from = middle + 1;
    else to = middle;
  }
  return from;
}
