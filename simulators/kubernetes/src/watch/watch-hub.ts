import { type KubeObject, view } from "../objects/index.ts";
import type { ServedResource } from "../resources/index.ts";
import type { Change, Store, StoredObject } from "../store/index.ts";
import type { CutReason } from "./change-queue.ts";

interface Sink {
  /** False when it could not keep up and has ended. */
  push(change: Change): boolean;
  /** The resource is gone or is served in another way: the client must look anew. */
  close(reason: CutReason): void;
}

/** What several watches need of one change, made once and gone with it. */
interface Shared {
  readonly views: Map<StoredObject, Map<ServedResource, Promise<KubeObject>>>;
  readonly events: Map<string, Promise<Buffer>>;
}

/**
 * Hands each committed change to the watches of its resource, and keeps what several of them need
 * of it: the object as a version shows it and the bytes of its event are made once.
 */
export class WatchHub {
  readonly #sinks = new Map<string, Set<Sink>>();
  readonly #shared = new WeakMap<Change, Shared>();
  readonly #cuts: Record<CutReason, number> = { slow: 0, "served-anew": 0 };
  readonly #onCut: (reason: CutReason, storage: string) => void;

  /** `onCut` is told of each watch that the server ends before its time. */
  constructor(store: Store, onCut: (reason: CutReason, storage: string) => void = () => undefined) {
    this.#onCut = onCut;
    store.subscribe((change) => {
      const storage = change.object.resource;
      for (const sink of this.#sinks.get(storage) ?? []) {
        if (!sink.push(change)) this.#cut("slow", storage);
      }
    });
  }

  /** How many watches are open. */
  get size(): number {
    let size = 0;
    for (const sinks of this.#sinks.values()) size += sinks.size;
    return size;
  }

  /** How many watches the server ended before their time, by the reason. */
  get cuts(): Readonly<Record<CutReason, number>> {
    return this.#cuts;
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
    for (const sink of this.#sinks.get(storage) ?? []) {
      sink.close("served-anew");
      this.#cut("served-anew", storage);
    }
  }

  /** One of the two states of a change in the version of `resource`; shared, so never to be changed. */
  view(change: Change, stored: StoredObject, resource: ServedResource): Promise<KubeObject> {
    const { views } = this.#sharedOf(change);
    const ofState = getOrMake(views, stored, () => new Map<ServedResource, Promise<KubeObject>>());
    return getOrMake(ofState, resource, () => view(resource, stored));
  }

  /** The bytes of an event, made once for all watches that send the same. */
  event(change: Change, key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    return getOrMake(this.#sharedOf(change).events, key, make);
  }

  #sharedOf(change: Change): Shared {
    const known = this.#shared.get(change);
    if (known !== undefined) return known;
    const made = { views: new Map(), events: new Map() };
    this.#shared.set(change, made);
    return made;
  }

  #cut(reason: CutReason, storage: string): void {
    this.#cuts[reason] += 1;
    this.#onCut(reason, storage);
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
