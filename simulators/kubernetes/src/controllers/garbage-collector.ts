import {
  encoder,
  FOREGROUND_FINALIZER,
  isFinished,
  type KubeObject,
  markDeleted,
  ORPHAN_FINALIZER,
  type OwnerReference,
  type World,
} from "../objects/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { type Change, parseStored, type StoredObject } from "../store/index.ts";
import { type Dependent, OwnerIndex, ownersOf } from "./owner-index.ts";

const SLICE = 200;

/**
 * Deletes what belongs to objects that are gone, and completes deletions that were asked to wait
 * for their dependents (`foregroundDeletion`) or to leave them alone (`orphan`).
 */
export class GarbageCollector {
  readonly #world: World;
  readonly #index = new OwnerIndex();
  /** by uid; looked at between requests, a slice at a time */
  readonly #due = new Map<string, Dependent>();
  #isScheduled = false;
  #isStopped = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes up what an earlier process left half done, and follows the store. */
  start(): () => void {
    const { store } = this.#world;
    for (const resource of store.resources()) {
      for (const stored of store.list(resource)) this.#notice(stored);
    }
    const unsubscribe = store.subscribe((change) => this.#observe(change));
    return () => {
      this.#isStopped = true;
      unsubscribe();
    };
  }

  #observe({ type, object, previous }: Change): void {
    if (previous !== undefined) this.#index.remove(previous);
    if (type !== "DELETED") {
      this.#notice(object);
      return;
    }
    for (const dependent of this.#index.dependentsOf(object.uid)) this.#enqueue(dependent);
    if (previous === undefined) return;
    // Its owners may wait for its end.
    for (const owner of ownersOf(previous)) {
      const stored = this.#find(owner, previous.namespace);
      if (stored !== undefined && stored !== "unknown") this.#enqueue(stored);
    }
  }

  #notice(stored: StoredObject): void {
    this.#index.add(stored);
    const isHeld =
      stored.json.includes(FOREGROUND_FINALIZER) || stored.json.includes(`"${ORPHAN_FINALIZER}"`);
    if (isHeld || stored.json.includes('"ownerReferences"')) this.#enqueue(stored);
  }

  #enqueue({ resource, namespace, name, uid }: Dependent): void {
    this.#due.set(uid, { resource, namespace, name, uid });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#isStopped) this.#work();
    });
  }

  #work(): void {
    let budget = SLICE;
    for (const [uid, due] of this.#due) {
      if (budget === 0) {
        this.#enqueue(due);
        return;
      }
      budget -= 1;
      this.#due.delete(uid);
      const stored = this.#world.store.get(due.resource, due.namespace, due.name);
      if (stored?.uid === uid) this.#collect(stored);
    }
  }

  #collect(stored: StoredObject): void {
    const object = parseStored(stored);
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined) this.#checkOwners(stored, object);
    else if (finalizers.includes(ORPHAN_FINALIZER)) this.#orphan(stored, object);
    else if (finalizers.includes(FOREGROUND_FINALIZER)) this.#deleteDependents(stored, object);
  }

  /** An object without any of its owners goes; one that has some forgets those that are gone. */
  #checkOwners(stored: StoredObject, object: KubeObject): void {
    const owners = ownersOf(stored);
    if (owners.length === 0) return;
    const found = owners.map((owner) => this.#find(owner, stored.namespace));
    const remaining = owners.filter((_, index) => found[index] !== undefined);
    if (remaining.length === owners.length) return;
    if (remaining.length === 0) {
      this.#delete(stored);
      return;
    }
    object.metadata.ownerReferences = remaining;
    this.#write(stored, object);
  }

  #deleteDependents(stored: StoredObject, object: KubeObject): void {
    let isBlocked = false;
    for (const { resource, namespace, name, uid } of this.#index.dependentsOf(stored.uid)) {
      const dependent = this.#world.store.get(resource, namespace, name);
      if (dependent?.uid !== uid) continue;
      this.#delete(dependent);
      const after = this.#world.store.get(resource, namespace, name);
      const blocks = ownersOf(dependent).some(
        (owner) => owner.uid === stored.uid && owner.blockOwnerDeletion === true,
      );
      isBlocked ||= blocks && after?.uid === uid;
    }
    if (!isBlocked) this.#release(stored, object, FOREGROUND_FINALIZER);
  }

  #orphan(stored: StoredObject, object: KubeObject): void {
    for (const { resource, namespace, name, uid } of this.#index.dependentsOf(stored.uid)) {
      const dependent = this.#world.store.get(resource, namespace, name);
      if (dependent?.uid !== uid) continue;
      const freed = parseStored(dependent);
      const others = ownersOf(dependent).filter((owner) => owner.uid !== stored.uid);
      if (others.length > 0) freed.metadata.ownerReferences = others;
      else delete freed.metadata.ownerReferences;
      this.#write(dependent, freed);
    }
    this.#release(stored, object, ORPHAN_FINALIZER);
  }

  /** Dependents of dependents go first where there are any. */
  #delete(stored: StoredObject): void {
    const resource = this.#resourceOf(stored.resource);
    if (resource === undefined) return;
    const { namespace, name, uid } = stored;
    const policy = this.#index.dependentsOf(uid).length > 0 ? "Foreground" : "Background";
    markDeleted(this.#world, { resource, namespace, name }, stored, { policy });
  }

  #release(stored: StoredObject, object: KubeObject, finalizer: string): void {
    const left = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
    if (left.length > 0) object.metadata.finalizers = left;
    else delete object.metadata.finalizers;
    this.#write(stored, object);
  }

  #write({ resource, namespace, name, uid }: StoredObject, object: KubeObject): void {
    const { store } = this.#world;
    const write = { resource, namespace, name, uid, encode: encoder(object) };
    const isGone = object.metadata.deletionTimestamp !== undefined && isFinished(object);
    if (isGone) store.remove(write);
    else store.put(write);
  }

  /** Undefined: the owner is gone. A kind that is not served now could come back: then nobody knows. */
  #find(
    { apiVersion, kind, name, uid }: OwnerReference,
    namespace: string,
  ): StoredObject | "unknown" | undefined {
    const [first = "", second] = String(apiVersion).split("/");
    const group = second === undefined ? "" : first;
    const resource = this.#world.registry
      .all()
      .find((served) => served.group === group && served.kind === kind);
    if (resource === undefined || (resource.namespaced && namespace === "")) return "unknown";
    const where = resource.namespaced ? namespace : "";
    const stored = this.#world.store.get(resource.storage, where, name);
    return stored?.uid === uid ? stored : undefined;
  }

  #resourceOf(storage: string): ServedResource | undefined {
    return this.#world.registry.all().find((served) => served.storage === storage);
  }
}
