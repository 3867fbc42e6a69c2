import { type KubeObject, view } from "../objects/index.ts";
import type { ServedResource } from "../resources/index.ts";
import type { Change, Store, StoredObject } from "../store/index.ts";

interface Sink {
  push(change: Change): void;
  /** The resource is gone or is served in another way: the client must look anew. */
  close(): void;
}

/**
 * Hands each committed change to the watches of its resource, and keeps what several of them need
 * of it: the object as a version shows it is made once.
 */
export class WatchHub {
  readonly #sinks = new Map<string, Set<Sink>>();
  readonly #views = new WeakMap<StoredObject, Map<ServedResource, Promise<KubeObject>>>();
  readonly #lines = new WeakMap<Change, Map<string, string>>();

  constructor(store: Store) {
    store.subscribe((change) => {
      for (const sink of this.#sinks.get(change.object.resource) ?? []) sink.push(change);
    });
  }

  get size(): number {
    let size = 0;
    for (const sinks of this.#sinks.values()) size += sinks.size;
    return size;
  }

  /** Must be called in the same turn in which the watch read the store. */
  add(storage: string, sink: Sink): () => void {
    const sinks = this.#sinks.get(storage) ?? new Set();
    this.#sinks.set(storage, sinks.add(sink));
    return () => {
      sinks.delete(sink);
    };
  }

  /** Ends the watches of a resource whose definition changed. */
  close(storage: string): void {
    for (const sink of this.#sinks.get(storage) ?? []) sink.close();
  }

  /** The object in the version of `resource`; shared, so never to be changed. */
  view(resource: ServedResource, stored: StoredObject): Promise<KubeObject> {
    const views = this.#views.get(stored) ?? new Map<ServedResource, Promise<KubeObject>>();
    this.#views.set(stored, views);
    let found = views.get(resource);
    if (found === undefined) {
      found = view(resource, stored);
      views.set(resource, found);
    }
    return found;
  }

  /** The text of an event, made once for all watches that send the same. */
  line(change: Change, key: string, make: () => string): string {
    const lines = this.#lines.get(change) ?? new Map<string, string>();
    this.#lines.set(change, lines);
    let line = lines.get(key);
    if (line === undefined) {
      line = make();
      lines.set(key, line);
    }
    return line;
  }
}
