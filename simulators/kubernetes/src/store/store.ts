import type { Clock } from "@mapperkit/runtime";
import type { Database } from "better-sqlite3";
import type { StatusError } from "../status/index.ts";
import { ChangeLog } from "./change-log.ts";
import { Collection, keyOf, sortObjects } from "./collection.ts";
import type { Change, StoredObject } from "./stored-object.ts";
import { WriteGroup } from "./write-group.ts";
import { writeLost } from "./write-lost.ts";

/** A new state of one object; the store gives it its version. */
export interface Write {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The object in its storage version; called once with the version that the write gets. */
  readonly encode: (resourceVersion: number) => string;
}

/** So many at once that requests do not notice. */
const SHRINK_PAGES = 1000;

type Listener = (change: Change) => void;

export interface StoreOptions {
  /** How much of the past is kept at most; 32 MiB by default. */
  readonly keepLogBytes?: number;
  /** Told when a group of writes could not be stored: who wrote without asking begins anew. */
  readonly onLost?: (why: StatusError) => void;
  /** Told when the past could not be forgotten, or the disk not be given back; tried again later. */
  readonly onUpkeepFailed?: (cause: unknown) => void;
}

/**
 * All objects, their recent changes and the one rising resourceVersion. Reads come from memory;
 * a write changes memory at once, so that a check of the present state followed by a write cannot
 * be interleaved with another. All writes of one loop turn go to SQLite in one transaction, and
 * only then to the listeners; what is not yet there must not leave the process: see `witness`.
 */
export class Store {
  readonly #db: Database;
  readonly #collections = new Map<string, Collection>();
  readonly #log: ChangeLog;
  readonly #group: WriteGroup;
  readonly #listeners = new Set<Listener>();
  readonly #onLost: (why: StatusError) => void;
  readonly #onUpkeepFailed: (cause: unknown) => void;
  #staged: Change[] = [];
  /** Settles with the staged writes. */
  #flushed = settling();
  #isFlushDue = false;
  #isClosed = false;
  #lost: { readonly groups: number; readonly why?: StatusError } = { groups: 0 };
  #version: number;
  #publishedVersion: number;

  constructor(db: Database, clock: Clock, o: StoreOptions = {}) {
    this.#db = db;
    this.#log = new ChangeLog(db, clock, o.keepLogBytes);
    this.#group = new WriteGroup(db, this.#log);
    this.#onLost = o.onLost ?? (() => undefined);
    this.#onUpkeepFailed = o.onUpkeepFailed ?? (() => undefined);
    let highest = this.#log.highestVersion;
    for (const row of db.prepare(ALL_OBJECTS).iterate()) {
      const object = row as StoredObject;
      this.#collection(object.resource).set(object);
      highest = Math.max(highest, object.resourceVersion);
    }
    this.#version = highest;
    this.#publishedVersion = highest;
  }

  /** The version of the latest write, be it on disk or not. */
  get version(): number {
    return this.#version;
  }

  /** Every change up to this version is on disk and was told to the listeners. */
  get publishedVersion(): number {
    return this.#publishedVersion;
  }

  /** Changes up to this version are forgotten. */
  get compactedVersion(): number {
    return this.#log.compactedVersion;
  }

  /** Names of the resources that have ever been used. */
  resources(): string[] {
    return [...this.#collections.keys()];
  }

  get(resource: string, namespace: string, name: string): StoredObject | undefined {
    return this.#collections.get(resource)?.get(namespace, name);
  }

  /** Sorted by `namespace/name`; of all namespaces when none is given. */
  list(resource: string, namespace?: string): readonly StoredObject[] {
    return this.#collections.get(resource)?.list(namespace) ?? [];
  }

  /** The list as it was after the write `version`; undefined when that is forgotten. */
  listAt(
    resource: string,
    namespace: string | undefined,
    version: number,
  ): readonly StoredObject[] | undefined {
    if (version >= this.#version) return this.list(resource, namespace);
    const logged = this.#log.since(resource, version);
    if (logged === undefined) return undefined;
    const staged = this.#staged.filter(
      ({ object }) => object.resource === resource && object.resourceVersion > version,
    );
    const changes = [...logged, ...staged];
    const objects = new Map(
      this.list(resource).map((object) => [keyOf(object.namespace, object.name), object]),
    );
    for (const change of changes.reverse()) {
      const key = keyOf(change.object.namespace, change.object.name);
      if (change.previous === undefined) objects.delete(key);
      else objects.set(key, change.previous);
    }
    return sortObjects(
      [...objects.values()].filter(
        (object) => (namespace ?? object.namespace) === object.namespace,
      ),
    );
  }

  /** Every published change of `resource` after `version`, oldest first; undefined when some are forgotten. */
  changesSince(resource: string, version: number): Change[] | undefined {
    return this.#log.since(resource, version);
  }

  /** Creates the object or replaces it. */
  put(write: Write): StoredObject {
    const previous = this.get(write.resource, write.namespace, write.name);
    const object = this.#next(write);
    this.#stage({ type: previous === undefined ? "ADDED" : "MODIFIED", object, previous });
    return object;
  }

  /** Removes the object; `write` is its last state. */
  remove(write: Write): StoredObject {
    const previous = this.get(write.resource, write.namespace, write.name);
    const object = this.#next(write);
    if (previous !== undefined) this.#stage({ type: "DELETED", object, previous });
    return object;
  }

  /**
   * Called when a request begins. The returned function resolves when all that the request may have
   * written or read is on disk and was told to the listeners; it rejects with the StatusError when
   * some of it was lost.
   */
  witness(): () => Promise<void> {
    const { groups } = this.#lost;
    return async () => {
      if (this.#isFlushDue) await this.#flushed.promise;
      if (this.#lost.groups !== groups && this.#lost.why !== undefined) throw this.#lost.why;
    };
  }

  /** `listener` sees every change in order once it is on disk, until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets old changes, a slice at a time; true when more remain. */
  compact(): boolean {
    return this.#upkeep(() => this.#log.compact()) ?? false;
  }

  /** More of the past is kept than ought to be: `compact` has work that should not wait. */
  get isOverfull(): boolean {
    return this.#log.isOverfull;
  }

  /** Gives back to the disk what is no longer needed; for a moment when nobody writes. */
  shrink(): void {
    this.#upkeep(() => {
      this.#db.pragma(`incremental_vacuum(${SHRINK_PAGES})`);
      this.#db.pragma("wal_checkpoint(TRUNCATE)");
    });
  }

  /** Everything that was written before is on disk, or its witnesses are told. */
  close(): void {
    if (this.#isFlushDue) this.#flush();
    this.#isClosed = true;
    this.#db.close();
  }

  #next({ encode, ...key }: Write): StoredObject {
    const resourceVersion = this.#version + 1;
    return { ...key, resourceVersion, json: encode(resourceVersion) };
  }

  #stage(change: Change): void {
    if (this.#isClosed) throw writeLost(new Error("the server has stopped"));
    this.#staged.push(change);
    this.#version = change.object.resourceVersion;
    this.#show(change.object, change.type !== "DELETED");
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#flushed = settling();
    setImmediate(() => {
      if (this.#isFlushDue) this.#flush();
    });
  }

  /** A listener may write: its changes follow in a group of their own, before anyone is answered. */
  #flush(): void {
    while (this.#staged.length > 0) {
      const group = this.#staged;
      try {
        this.#group.commit(group);
      } catch (error) {
        this.#undo(group);
        this.#lose(error);
        break;
      }
      this.#staged = [];
      for (const change of group) this.#publish(change);
    }
    this.#isFlushDue = false;
    this.#flushed.resolve();
  }

  #publish(change: Change): void {
    this.#publishedVersion = change.object.resourceVersion;
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#lose(error);
      }
    }
  }

  /** Memory goes back to what is on disk. */
  #undo(group: readonly Change[]): void {
    for (const { object, previous } of group.toReversed()) {
      this.#show(previous ?? object, previous !== undefined);
    }
    this.#staged = [];
    this.#version = this.#publishedVersion;
  }

  #lose(cause: unknown): void {
    const why = writeLost(cause);
    this.#lost = { groups: this.#lost.groups + 1, why };
    this.#onLost(why);
  }

  #show(object: StoredObject, isPresent: boolean): void {
    const collection = this.#collection(object.resource);
    if (isPresent) collection.set(object);
    else collection.delete(object.namespace, object.name);
  }

  /** A full disk must not end the server. */
  #upkeep<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#onUpkeepFailed(error);
      return undefined;
    }
  }

  #collection(resource: string): Collection {
    let collection = this.#collections.get(resource);
    if (collection === undefined) {
      collection = new Collection();
      this.#collections.set(resource, collection);
    }
    return collection;
  }
}

function settling(): PromiseWithResolvers<void> {
  return Promise.withResolvers<void>();
}

const ALL_OBJECTS = `SELECT res AS resource, ns AS namespace, name, uid, rv AS resourceVersion,
  val AS json FROM objects`;
