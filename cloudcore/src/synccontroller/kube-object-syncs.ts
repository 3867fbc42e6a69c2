import { MapperkitError } from "@mapperkit/api";
import type { Clock, Log, Random } from "@mapperkit/runtime";
import { type KubeClient, OBJECT_SYNCS, type Reflector, reflectorOf } from "../kube/index.ts";
import {
  type ObjectSync,
  objectSyncObject,
  objectSyncStatus,
  readObjectSync,
  syncName,
} from "./object-sync.ts";
import type { ObjectSyncStore } from "./object-sync-store.ts";

/** ObjectSyncs through the API. */
export class KubeObjectSyncs implements ObjectSyncStore {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async create(sync: ObjectSync, signal: AbortSignal): Promise<void> {
    await unless("conflict", this.#client.create(OBJECT_SYNCS, objectSyncObject(sync), { signal }));
  }

  async setStatus(sync: ObjectSync, signal: AbortSignal): Promise<void> {
    const patch = { status: objectSyncStatus(sync) };
    await this.#client.mergePatch(OBJECT_SYNCS, refOf(sync), {
      patch,
      subresource: "status",
      signal,
    });
  }

  async delete(sync: ObjectSync, signal: AbortSignal): Promise<void> {
    await unless("not_found", this.#client.delete(OBJECT_SYNCS, refOf(sync), signal));
  }
}

/** Tells of every ObjectSync of a device or a model. */
export function objectSyncReflector(
  parts: { client: KubeClient; clock: Clock; random: Random; log: Log },
  watcher: { syncSeen(sync: ObjectSync): void; syncGone(sync: ObjectSync): void },
): Reflector {
  return reflectorOf(parts, OBJECT_SYNCS, {
    parse: readObjectSync,
    seen: (sync) => watcher.syncSeen(sync),
    gone: (sync) => watcher.syncGone(sync),
  });
}

function refOf(sync: ObjectSync) {
  return { namespace: sync.namespace, name: syncName(sync) };
}

async function unless(code: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof MapperkitError) || error.code !== code) throw error;
  }
}
