import { type Envelope, MapperkitError } from "@mapperkit/api";
import { type Clock, type Component, KeyQueue, type Log, type Random } from "@mapperkit/runtime";
import type { EdgeLink, HeldObjects, WantedObject } from "../devicecontroller/index.ts";
import {
  NEVER_ACKNOWLEDGED,
  type ObjectSync,
  objectSyncOf,
  resourceOf,
  syncName,
  syncOfObject,
} from "./object-sync.ts";
import type { ObjectSyncStore } from "./object-sync-store.ts";

/** Bookkeeping must not take the API server from those who wait for it. */
const CONCURRENCY = 4;

/**
 * Keeps an ObjectSync per object and node: created when the object is sent, brought to its version when
 * the node acknowledges it, deleted when the node acknowledges its deletion. Sending never waits for it.
 */
export class SyncController implements Component, EdgeLink, HeldObjects {
  readonly name = "synccontroller";
  readonly #link: EdgeLink;
  readonly #store: ObjectSyncStore;
  /** As Kubernetes has them, by name. */
  readonly #held = new Map<string, ObjectSync>();
  readonly #heldByNode = new Map<string, Set<string>>();
  /** As they should be; null is gone. */
  readonly #wanted = new Map<string, { readonly sync: ObjectSync; readonly isGone: boolean }>();
  /** Of what is under way. */
  readonly #linkVersions = new WeakMap<Envelope, string>();
  readonly #queue: KeyQueue;
  readonly #log: Log;

  constructor(options: {
    link: EdgeLink;
    store: ObjectSyncStore;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#link = options.link;
    this.#store = options.store;
    this.#log = options.log.child({ component: this.name });
    this.#queue = new KeyQueue({
      ...options,
      name: "object-syncs",
      reconcile: (key, signal) => this.#reconcile(key, signal),
      concurrency: CONCURRENCY,
      log: this.#log,
    });
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#queue.start(signal);
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  isConnected(node: string): boolean {
    return this.#link.isConnected(node);
  }

  send(node: string, message: Envelope): void {
    this.#link.send(node, message);
  }

  put(node: string, key: string, message: Envelope, linkVersion?: string): void {
    const sync = objectSyncOf(node, message);
    const isKnown = sync && (this.#held.has(syncName(sync)) || this.#wanted.has(syncName(sync)));
    if (sync && !isKnown && message.route.operation !== "delete") this.#want(sync);
    if (linkVersion) this.#linkVersions.set(message, linkVersion);
    this.#link.put(node, key, message);
  }

  /** A node has stored an object, or dropped it. */
  acknowledged(node: string, message: Envelope): void {
    const sync = objectSyncOf(node, message);
    if (!sync) return;
    if (message.route.operation === "delete") {
      this.#want(sync, true);
      this.#dropOthers(sync);
      return;
    }
    const linkVersion = this.#linkVersions.get(message) ?? "";
    const resourceVersion = message.header.resourceversion ?? NEVER_ACKNOWLEDGED;
    this.#want({ ...sync, resourceVersion, linkVersion });
    this.#dropOthers(sync);
  }

  /** Under one name a node holds one object: what was there before is gone with this. */
  #dropOthers(sync: ObjectSync): void {
    for (const other of this.#syncsOf(sync.node)) {
      const isSameName = resourceOf(other) === resourceOf(sync);
      if (isSameName && other.uid !== sync.uid) this.#want(other, true);
    }
  }

  /** A node that has joined anew holds nothing of what it acknowledged before. */
  nodeEmptied(node: string): void {
    for (const sync of this.#syncsOf(node)) this.#want(sync, true);
  }

  heldBy(node: string): ReadonlyMap<string, string> {
    const held = this.#syncsOf(node).filter(
      (sync) => sync.resourceVersion !== NEVER_ACKNOWLEDGED && !this.#isGoing(sync),
    );
    return new Map(
      held.map((sync) => [resourceOf(sync), sync.linkVersion || `${sync.uid}.`] as const),
    );
  }

  sentTo(node: string): ReadonlyMap<string, string> {
    const sent = this.#syncsOf(node).filter(
      (sync) => sync.resourceVersion === NEVER_ACKNOWLEDGED && !this.#isGoing(sync),
    );
    return new Map(sent.map((sync) => [resourceOf(sync), `${sync.uid}.`] as const));
  }

  /** Acknowledgements are lost with their link, and what is not on a node needs no ObjectSync. */
  nodeCompared(node: string, wanted: readonly WantedObject[]): void {
    const uids = new Set(wanted.map(({ object }) => object.metadata.uid));
    for (const sync of this.#syncsOf(node)) if (!uids.has(sync.uid)) this.#want(sync, true);
    for (const { object, version, isHeld } of wanted) {
      const sync = isHeld && syncOfObject(node, object);
      if (!sync || this.#isNoted(sync, version)) continue;
      const resourceVersion = object.metadata.resourceVersion ?? NEVER_ACKNOWLEDGED;
      this.#want({ ...sync, resourceVersion, linkVersion: version });
    }
  }

  /** Where the CRD is KubeEdge's there is no link version, and what is acknowledged may be older. */
  #isNoted(sync: ObjectSync, linkVersion: string): boolean {
    const noted = this.#wanted.get(syncName(sync))?.sync ?? this.#held.get(syncName(sync));
    if (!noted || noted.resourceVersion === NEVER_ACKNOWLEDGED || this.#isGoing(sync)) return false;
    return noted.linkVersion === "" || noted.linkVersion === linkVersion;
  }

  syncSeen(sync: ObjectSync): void {
    const name = syncName(sync);
    this.#held.set(name, sync);
    const names = this.#heldByNode.get(sync.node);
    if (names) names.add(name);
    else this.#heldByNode.set(sync.node, new Set([name]));
  }

  syncGone(sync: ObjectSync): void {
    const name = syncName(sync);
    this.#held.delete(name);
    const names = this.#heldByNode.get(sync.node);
    names?.delete(name);
    if (names?.size === 0) this.#heldByNode.delete(sync.node);
  }

  /** Those that are still to be written too. */
  #syncsOf(node: string): ObjectSync[] {
    const names = new Set(this.#heldByNode.get(node));
    for (const [name, { sync }] of this.#wanted) if (sync.node === node) names.add(name);
    return [...names].flatMap((name) => this.#wanted.get(name)?.sync ?? this.#held.get(name) ?? []);
  }

  #isGoing(sync: ObjectSync): boolean {
    return this.#wanted.get(syncName(sync))?.isGone ?? false;
  }

  #want(sync: ObjectSync, isGone = false): void {
    const name = syncName(sync);
    this.#wanted.set(name, { sync, isGone });
    this.#queue.add(name);
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const wanted = this.#wanted.get(name);
    if (!wanted) return undefined;
    const { sync, isGone } = wanted;
    try {
      if (isGone) await this.#delete(sync, signal);
      else await this.#write(sync, signal);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The namespace is going, or the cluster has no such kind: devices work all the same.
      this.#log.debug("an ObjectSync could not be kept", { node: sync.node, error });
    }
    if (this.#wanted.get(name) === wanted) this.#wanted.delete(name);
    return undefined;
  }

  async #delete(sync: ObjectSync, signal: AbortSignal): Promise<void> {
    await this.#store.delete(sync, signal);
    this.syncGone(sync);
  }

  async #write(sync: ObjectSync, signal: AbortSignal): Promise<void> {
    if (!this.#held.has(syncName(sync))) await this.#store.create(sync, signal);
    await this.#setStatus(sync, signal);
    this.syncSeen(sync);
  }

  async #setStatus(sync: ObjectSync, signal: AbortSignal): Promise<void> {
    try {
      await this.#store.setStatus(sync, signal);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Deleted by hand, which is how people ask for an object once more.
      await this.#store.create(sync, signal);
      await this.#store.setStatus(sync, signal);
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof MapperkitError && error.code === "not_found";
}
