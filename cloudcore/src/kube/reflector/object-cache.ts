import type { KubeObject } from "../client/kube-object.ts";

/** What happened to one object. A re-creation under the same name is a `deleted`, then an `added`. */
export type Change =
  | { readonly type: "added"; readonly object: KubeObject }
  | { readonly type: "modified"; readonly object: KubeObject; readonly previous: KubeObject }
  | { readonly type: "deleted"; readonly object: KubeObject };

/** The objects of one resource as last seen; says what a list or an event changes. */
export class ObjectCache {
  #objects = new Map<string, KubeObject>();

  get size(): number {
    return this.#objects.size;
  }

  values(): Iterable<KubeObject> {
    return this.#objects.values();
  }

  /** Replaces everything by a full list; equal uid and resourceVersion mean unchanged. */
  replace(items: readonly KubeObject[]): Change[] {
    const before = this.#objects;
    this.#objects = new Map(items.map((item) => [keyOf(item), item]));
    const changes: Change[] = [];
    for (const [key, object] of before) {
      if (!this.#objects.has(key)) changes.push({ type: "deleted", object });
    }
    for (const [key, object] of this.#objects) changes.push(...difference(before.get(key), object));
    return changes;
  }

  put(object: KubeObject): Change[] {
    const key = keyOf(object);
    const changes = difference(this.#objects.get(key), object);
    this.#objects.set(key, object);
    return changes;
  }

  remove(object: KubeObject): Change[] {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (!known || uidOf(known) !== uidOf(object)) return [];
    this.#objects.delete(key);
    return [{ type: "deleted", object }];
  }
}

function difference(previous: KubeObject | undefined, object: KubeObject): Change[] {
  if (!previous) return [{ type: "added", object }];
  if (uidOf(previous) !== uidOf(object)) {
    return [
      { type: "deleted", object: previous },
      { type: "added", object },
    ];
  }
  const isSame = previous.metadata.resourceVersion === object.metadata.resourceVersion;
  return isSame ? [] : [{ type: "modified", object, previous }];
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

function uidOf(object: KubeObject): string | undefined {
  return object.metadata.uid;
}
