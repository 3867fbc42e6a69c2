import {
  copyOf,
  createObject,
  deleteObject,
  type KubeObject,
  type Target,
  updateObject,
  type World,
  type WriteOptions,
} from "../../objects/index.ts";
import { notFound, StatusError } from "../../status/index.ts";
import { parseStored, type StoredObject } from "../../store/index.ts";
import type { Kind } from "./kinds.ts";

/**
 * The cluster as a controller sees it: always the present state, and writes that pass admission
 * like anybody's. What is read is shared: change it by `change` only.
 */
export class Cluster {
  readonly #world: World;
  readonly #options: WriteOptions;
  readonly #read = new WeakMap<StoredObject, KubeObject>();

  /** @param manager who owns the fields that are written */
  constructor(world: World, manager = "kube-controller-manager") {
    this.#world = world;
    const quiet = { dryRun: false, fieldValidation: "Ignore", warn: () => undefined } as const;
    this.#options = { ...quiet, fieldManager: manager };
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#world.clock.now();
  }

  read<T extends KubeObject>(_kind: Kind<T>, stored: StoredObject): T {
    let object = this.#read.get(stored);
    if (object === undefined) {
      object = parseStored(stored);
      this.#read.set(stored, object);
    }
    return object as T;
  }

  find<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    const stored = this.#world.store.get(kind.storage, namespace, name);
    return stored === undefined ? undefined : this.read(kind, stored);
  }

  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): T[] {
    const all = this.#world.store.list(kind.storage, namespace);
    return all.map((stored) => this.read(kind, stored));
  }

  async create<T extends KubeObject>(kind: Kind<T>, namespace: string, body: object): Promise<T> {
    const place = { resource: this.#resource(kind), namespace };
    return (await createObject(this.#world, place, copyOf(body), this.#options)) as T;
  }

  /**
   * Changes the object that was read before; `change` gets a copy of its present state.
   * @throws StatusError 404 when it is gone, also when another of its name took its place
   */
  async change<T extends KubeObject>(
    kind: Kind<T>,
    object: T,
    change: (current: T) => void,
    subresource?: "status",
  ): Promise<T> {
    const target = this.#target(kind, object);
    const edit = (current: KubeObject) => {
      if (current.metadata.uid !== object.metadata.uid) {
        throw notFound(target.resource, target.name);
      }
      change(current as T);
      return current;
    };
    const update = { ...target, subresource, isReplace: false, change: edit };
    return (await updateObject(this.#world, update, this.#options)) as T;
  }

  /** Deletes this very object; one that is gone is no fault. */
  async remove<T extends KubeObject>(kind: Kind<T>, object: T): Promise<void> {
    const preconditions = { uid: object.metadata.uid };
    try {
      await deleteObject(this.#world, this.#target(kind, object), { dryRun: false, preconditions });
    } catch (error) {
      if (!(error instanceof StatusError && [404, 409].includes(error.code))) throw error;
    }
  }

  #target(kind: Kind, { metadata }: KubeObject): Target {
    const { namespace = "", name = "" } = metadata;
    return { resource: this.#resource(kind), namespace, name };
  }

  #resource({ group, plural, kind }: Kind) {
    const resource = this.#world.registry.find(group, "v1", plural);
    if (resource === undefined) throw notFound({ group, plural, kind }, "");
    return resource;
  }
}
