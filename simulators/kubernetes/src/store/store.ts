import type { Clock } from "@mapperkit/runtime";
import type { Database } from "better-sqlite3";
import { ChangeLog } from "./change-log.ts";
import { Collection, keyOf, sortObjects } from "./collection.ts";
import type { Change, StoredObject } from "./stored-object.ts";

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

/**
 * All objects, their recent changes and the one rising resourceVersion. Reads come from memory;
 * a write is in SQLite before it is seen by anyone, and is synchronous, so that a check of the
 * present state followed by a write cannot be interleaved with another.
 */
export class Store {
  readonly #db: Database;
  readonly #collections = new Map<string, Collection>();
  readonly #log: ChangeLog;
  readonly #listeners = new Set<Listener>();
  readonly #unpublished: Change[] = [];
  readonly #statements: ReturnType<typeof prepare>;
  #publishing = false;
  #version: number;

  /** `keepLogBytes`: how much of the past is kept at most; 32 MiB by default. */
  constructor(db: Database, clock: Clock, keepLogBytes?: number) {
    this.#db = db;
    this.#log = new ChangeLog(db, clock, keepLogBytes);
    this.#statements = prepare(db);
    let highest = this.#log.highestVersion;
    for (const row of this.#statements.all.iterate()) {
      const object = row as StoredObject;
      this.#collection(object.resource).set(object);
      highest = Math.max(highest, object.resourceVersion);
    }
    this.#version = highest;
  }

  /** The version of the latest write. */
  get version(): number {
    return this.#version;
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
    const changes = this.#log.since(resource, version);
    if (changes === undefined) return undefined;
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

  /** Every change of `resource` after `version`, oldest first; undefined when some are forgotten. */
  changesSince(resource: string, version: number): Change[] | undefined {
    return this.#log.since(resource, version);
  }

  /** Creates the object or replaces it. */
  put(write: Write): StoredObject {
    const previous = this.get(write.resource, write.namespace, write.name);
    const object = this.#next(write);
    this.#commit({ type: previous === undefined ? "ADDED" : "MODIFIED", object, previous });
    return object;
  }

  /** Removes the object; `write` is its last state. */
  remove(write: Write): StoredObject {
    const previous = this.get(write.resource, write.namespace, write.name);
    const object = this.#next(write);
    if (previous !== undefined) this.#commit({ type: "DELETED", object, previous });
    return object;
  }

  /** `listener` sees every change in order, until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets old changes, a slice at a time; true when more remain. */
  compact(): boolean {
    return this.#log.compact();
  }

  /** More of the past is kept than ought to be: `compact` has work that should not wait. */
  get isOverfull(): boolean {
    return this.#log.isOverfull;
  }

  /** Gives back to the disk what is no longer needed; for a moment when nobody writes. */
  shrink(): void {
    this.#db.pragma(`incremental_vacuum(${SHRINK_PAGES})`);
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
  }

  close(): void {
    this.#db.close();
  }

  #next({ encode, ...key }: Write): StoredObject {
    const resourceVersion = this.#version + 1;
    return { ...key, resourceVersion, json: encode(resourceVersion) };
  }

  #commit(change: Change): void {
    const { object } = change;
    this.#statements.begin.run();
    try {
      if (change.type === "DELETED") this.#statements.remove.run(object);
      else this.#statements.upsert.run(object);
      this.#log.append(change);
      this.#statements.commit.run();
    } catch (error) {
      if (this.#db.inTransaction) this.#statements.rollback.run();
      throw error;
    }
    this.#version = object.resourceVersion;
    const collection = this.#collection(object.resource);
    if (change.type === "DELETED") collection.delete(object.namespace, object.name);
    else collection.set(object);
    this.#publish(change);
  }

  /** A listener may write: its change is told after the present one, to all in the same order. */
  #publish(change: Change): void {
    this.#unpublished.push(change);
    if (this.#publishing) return;
    this.#publishing = true;
    try {
      for (let next = this.#unpublished.shift(); next; next = this.#unpublished.shift()) {
        for (const listener of this.#listeners) listener(next);
      }
    } finally {
      this.#publishing = false;
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

function prepare(db: Database) {
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    all: db.prepare(
      `SELECT res AS resource, ns AS namespace, name, uid, rv AS resourceVersion, val AS json
       FROM objects`,
    ),
    upsert: db.prepare(
      `INSERT INTO objects (res, ns, name, uid, rv, val)
       VALUES (@resource, @namespace, @name, @uid, @resourceVersion, @json)
       ON CONFLICT (res, ns, name)
       DO UPDATE SET uid = excluded.uid, rv = excluded.rv, val = excluded.val`,
    ),
    remove: db.prepare(
      "DELETE FROM objects WHERE res = @resource AND ns = @namespace AND name = @name",
    ),
  };
}
