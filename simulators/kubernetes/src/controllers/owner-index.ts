import type { OwnerReference } from "../objects/index.ts";
import { parseStored, type StoredObject } from "../store/index.ts";

/** Where an object is; its uid tells whether it still is the same one. */
export type Dependent = Pick<StoredObject, "resource" | "namespace" | "name" | "uid">;

/** Who belongs to whom, by the uid of the owner. */
export class OwnerIndex {
  readonly #byOwner = new Map<string, Map<string, Dependent>>();

  add(stored: StoredObject): void {
    for (const { uid } of ownersOf(stored)) {
      const dependents = this.#byOwner.get(uid) ?? new Map<string, Dependent>();
      const { resource, namespace, name } = stored;
      dependents.set(stored.uid, { resource, namespace, name, uid: stored.uid });
      this.#byOwner.set(uid, dependents);
    }
  }

  remove(stored: StoredObject): void {
    for (const { uid } of ownersOf(stored)) {
      const dependents = this.#byOwner.get(uid);
      dependents?.delete(stored.uid);
      if (dependents?.size === 0) this.#byOwner.delete(uid);
    }
  }

  dependentsOf(ownerUid: string): Dependent[] {
    return [...(this.#byOwner.get(ownerUid)?.values() ?? [])];
  }
}

/** Most objects have no owner, and are not parsed to find that out. */
export function ownersOf(stored: StoredObject): readonly OwnerReference[] {
  if (!stored.json.includes('"ownerReferences"')) return [];
  const { ownerReferences } = parseStored(stored).metadata;
  if (!Array.isArray(ownerReferences)) return [];
  return ownerReferences.filter((owner) => typeof owner?.uid === "string");
}
