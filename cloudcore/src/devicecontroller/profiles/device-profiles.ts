import { createHash, randomUUID } from "node:crypto";
import { MapperkitError, makeEnvelope, splitDeviceId } from "@mapperkit/api";
import { type Clock, type Component, KeyQueue, type Log, type Random } from "@mapperkit/runtime";
import type { DeviceCatalog } from "../device-catalog.ts";
import type { EdgeLink, Ownership } from "../edge-link.ts";
import { deviceProfile, type ProfiledDevice } from "./device-profile.ts";
import { type DeviceFileMap, type ProfileRef, profileName } from "./profile-map.ts";
import type { ProfileStore } from "./profile-store.ts";

/** Changes come in hundreds where a fleet is made; the file is written once for all of them. */
const QUIET_MS = 2_000;
/** A ConfigMap holds 1 MiB, what is around the file included. */
const MAX_BYTES = 1_000_000;
/** Among the nodes: time to look for what an earlier cloudcore left. */
const OLD = "";
const BACKOFF = { initialMs: 1_000, maxMs: 60_000 };

/**
 * Keeps the ConfigMap of each node, from which mappers of KubeEdge 1.9 to 1.14 read their devices,
 * and sends it to edges of that age. Newer edges get devices as objects, and ours need no file.
 */
export class DeviceProfiles implements Component {
  readonly name = "device-profiles";
  readonly #catalog: DeviceCatalog;
  readonly #link: EdgeLink;
  readonly #ownership: Ownership;
  readonly #store: ProfileStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #queue: KeyQueue;
  /** By ConfigMap, the digest of what was written here; "" is what an earlier cloudcore left. */
  readonly #written = new Map<string, { readonly ref: ProfileRef; readonly digest: string }>();
  /** Connected nodes that read files, with the parts that they were sent. */
  readonly #readers = new Map<string, Map<string, string>>();
  readonly #maxBytes: number;

  constructor(options: {
    catalog: DeviceCatalog;
    link: EdgeLink;
    ownership: Ownership;
    store: ProfileStore;
    maxBytes?: number;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#catalog = options.catalog;
    this.#link = options.link;
    this.#ownership = options.ownership;
    this.#store = options.store;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#clock = options.clock;
    this.#log = options.log.child({ component: this.name });
    this.#queue = new KeyQueue({
      ...options,
      name: this.name,
      reconcile: async (node, signal) => {
        if (node === OLD) await this.#adoptOld(signal);
        else await this.#bringUp(node, signal);
        return undefined;
      },
      backoff: BACKOFF,
      log: this.#log,
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#queue.start(signal);
    // The devices are known by then: what no node needs any more is told from what it still needs.
    this.#queue.addAfter(OLD, QUIET_MS);
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  /** Something that the file of the node tells of was changed. */
  changed(node: string): void {
    if (node !== OLD) this.#queue.addAfter(node, QUIET_MS);
  }

  /** An edge of an age that reads files has connected. */
  readerConnected(node: string): void {
    this.#readers.set(node, new Map());
    this.#queue.add(node);
  }

  disconnected(node: string): void {
    this.#readers.delete(node);
  }

  async #adoptOld(signal: AbortSignal): Promise<void> {
    for (const ref of await this.#store.list(signal)) {
      if (!this.#written.has(keyOf(ref))) this.#written.set(keyOf(ref), { ref, digest: "" });
      this.#queue.add(ref.node);
    }
  }

  async #bringUp(node: string, signal: AbortSignal): Promise<void> {
    if (!this.#ownership.owns(node)) return;
    const wanted = this.#filesOf(node);
    for (const { ref, text } of wanted.values()) await this.#writeOne(ref, text, signal);
    for (const [key, { ref }] of this.#written) {
      if (ref.node !== node || wanted.has(key)) continue;
      await this.#store.delete(ref, signal);
      this.#written.delete(key);
      const uid = this.#readers.get(node)?.get(key);
      if (uid !== undefined) this.#tell("delete", ref, { metadata: { ...metadataOf(ref), uid } });
      this.#readers.get(node)?.delete(key);
    }
  }

  async #writeOne(ref: ProfileRef, text: string, signal: AbortSignal): Promise<void> {
    const key = keyOf(ref);
    const digest = createHash("sha256").update(text).digest("base64");
    const reader = this.#readers.get(ref.node);
    const isReaderBehind = reader !== undefined && !reader.has(key);
    if (this.#written.get(key)?.digest === digest && !isReaderBehind) return;
    let held: DeviceFileMap;
    try {
      held = await this.#store.write(ref, text, signal);
    } catch (error) {
      if (!isFinal(error)) throw error;
      // Said once for each content: no device waits for this.
      this.#log.warn("the device profile of a node could not be written", { ...ref, error });
      this.#written.set(key, { ref, digest });
      return;
    }
    this.#written.set(key, { ref, digest });
    if (!reader) return;
    this.#tell(reader.has(key) ? "update" : "insert", ref, held);
    reader.set(key, held.metadata.uid ?? "");
  }

  #filesOf(node: string): Map<string, { readonly ref: ProfileRef; readonly text: string }> {
    const byNamespace = new Map<string, ProfiledDevice[]>();
    for (const id of [...this.#catalog.devicesOfNode(node)].sort()) {
      const device = this.#catalog.device(id);
      if (!device) continue;
      const { namespace } = splitDeviceId(id);
      const item = { device, model: this.#catalog.modelOf(device) };
      const items = byNamespace.get(namespace);
      if (items) items.push(item);
      else byNamespace.set(namespace, [item]);
    }
    const files = new Map<string, { ref: ProfileRef; text: string }>();
    for (const [namespace, items] of byNamespace) {
      const { parts, leftOut } = deviceProfile(items, this.#maxBytes);
      for (const [part, text] of parts.entries()) {
        const ref = { node, namespace, name: profileName(node, part) };
        files.set(keyOf(ref), { ref, text });
      }
      for (const { metadata } of leftOut) {
        const maxBytes = this.#maxBytes;
        this.#log.warn("a device is too big for the device profile of its node", {
          ...{ node, device: `${namespace}/${metadata.name}`, maxBytes },
        });
      }
    }
    return files;
  }

  /** As edgecontroller sends the ConfigMaps of pods (edged-pods §7.1). */
  #tell(operation: "insert" | "update" | "delete", ref: ProfileRef, content: DeviceFileMap): void {
    const resource = `${ref.namespace}/configmap/${ref.name}`;
    const { resourceVersion } = content.metadata;
    const message = makeEnvelope({
      id: randomUUID(),
      timestamp: this.#clock.now(),
      source: "edgecontroller",
      group: "resource",
      ...{ operation, resource, content },
      ...(resourceVersion !== undefined && { resourceVersion }),
    });
    this.#link.put(ref.node, resource, message);
  }
}

function keyOf({ namespace, name }: ProfileRef): string {
  return `${namespace}/${name}`;
}

function metadataOf({ namespace, name }: ProfileRef) {
  return { namespace, name };
}

/** What would be answered in the same way again. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof MapperkitError)) return false;
  return ["invalid_input", "rejected", "not_found"].includes(error.code);
}
