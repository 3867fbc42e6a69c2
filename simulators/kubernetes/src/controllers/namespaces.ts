import { encoder, isFinished, type KubeObject, markDeleted, type World } from "../objects/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { type Change, parseStored } from "../store/index.ts";

const NAMESPACES = "namespaces";
const SLICE = 200;

/** Empties namespaces that are being deleted, and removes them when nothing is left inside. */
export class NamespaceController {
  readonly #world: World;
  readonly #terminating = new Set<string>();
  #isScheduled = false;
  #isStopped = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes up what an earlier process left half done, and follows the store. */
  start(): () => void {
    for (const stored of this.#world.store.list(NAMESPACES)) this.#notice(parseStored(stored));
    const unsubscribe = this.#world.store.subscribe((change) => this.#observe(change));
    return () => {
      this.#isStopped = true;
      unsubscribe();
    };
  }

  #observe({ type, object }: Change): void {
    if (object.resource !== NAMESPACES) {
      if (type === "DELETED" && this.#terminating.has(object.namespace)) this.#schedule();
    } else if (type === "DELETED") this.#terminating.delete(object.name);
    else this.#notice(parseStored(object));
  }

  #notice({ metadata }: KubeObject): void {
    if (metadata.deletionTimestamp === undefined) return;
    this.#terminating.add(metadata.name ?? "");
    this.#schedule();
  }

  /** Work is done between requests, a slice at a time. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#isStopped) return;
      for (const namespace of [...this.#terminating]) this.#drain(namespace);
    });
  }

  #drain(namespace: string): void {
    let remaining = 0;
    let budget = SLICE;
    for (const resource of this.#storedResources()) {
      for (const stored of [...this.#world.store.list(resource.storage, namespace)]) {
        if (budget > 0 && parseStored(stored).metadata.deletionTimestamp === undefined) {
          budget -= 1;
          const { isGone } = markDeleted(
            this.#world,
            { resource, namespace, name: stored.name },
            stored,
          );
          if (isGone) continue;
        }
        remaining += 1;
      }
    }
    if (remaining === 0) this.#finalize(namespace);
    else if (budget === 0) this.#schedule();
  }

  /** One served resource for each namespaced kind that is stored. */
  #storedResources(): ServedResource[] {
    const byStorage = new Map<string, ServedResource>();
    for (const resource of this.#world.registry.all()) {
      if (resource.namespaced) byStorage.set(resource.storage, resource);
    }
    return [...byStorage.values()];
  }

  #finalize(name: string): void {
    const stored = this.#world.store.get(NAMESPACES, "", name);
    if (stored === undefined) return;
    const object = { ...parseStored(stored), spec: {} };
    const encode = encoder(object);
    const write = { resource: NAMESPACES, namespace: "", name, uid: stored.uid, encode };
    if (isFinished(object)) this.#world.store.remove(write);
    else if (isHeldByKubernetes(stored.json)) this.#world.store.put(write);
  }
}

function isHeldByKubernetes(json: string): boolean {
  const { spec } = JSON.parse(json) as { spec?: { finalizers?: string[] } };
  return (spec?.finalizers?.length ?? 0) > 0;
}
