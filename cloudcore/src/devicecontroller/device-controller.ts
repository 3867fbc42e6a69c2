import {
  type Device,
  type DeviceId,
  type DeviceModel,
  deviceIdOf,
  type Envelope,
} from "@mapperkit/api";
import { type Clock, type Component, KeyQueue, type Log, type Random } from "@mapperkit/runtime";
import { DeviceCatalog } from "./device-catalog.ts";
import { Downstream } from "./downstream/downstream.ts";
import { edgeReleaseOf } from "./downstream/edge-release.ts";
import { digestsIn, INVENTORY_RESOURCE, parseInventory } from "./downstream/inventory/index.ts";
import { StockDesired } from "./downstream/stock-desired.ts";
import type { EdgeLink, HeldObjects, Ownership } from "./edge-link.ts";
import { AWAY_GRACE_MS, NodePresence } from "./node-presence.ts";
import { DeviceProfiles, type ProfileStore } from "./profiles/index.ts";
import { type StatusStore, StatusWriter, type TransitionLog } from "./status/status-writer.ts";
import { DeviceMemories } from "./upstream/device-memories.ts";
import { KnownResources } from "./upstream/known-resources.ts";
import { Upstream } from "./upstream/upstream.ts";

/** An edge asks for its devices as soon as it is connected; one that does not is told unasked. */
const UNASKED_AFTER_MS = 3_000;
/** A busy API server takes 25 ms for a patch. */
const STATUS_CONCURRENCY = 64;
/** A stock edge whose mapper works has reported by then (device-api.md 16). */
const PROBE_AFTER_MS = 2_000;
const STATUS_BACKOFF = { initialMs: 200, maxMs: 30_000 };

/** Desired values down to the edges, reported values up to Kubernetes, for every device. */
export class DeviceController implements Component {
  readonly name = "devicecontroller";
  readonly #catalog = new DeviceCatalog();
  readonly #memories = new DeviceMemories();
  readonly #resources = new KnownResources();
  readonly #presence: NodePresence;
  readonly #downstream: Downstream;
  readonly #upstream: Upstream;
  readonly #downQueue: KeyQueue;
  readonly #statusQueue: KeyQueue;
  readonly #writer: StatusWriter;
  readonly #profiles: DeviceProfiles | undefined;
  readonly #link: EdgeLink;
  readonly #ownership: Ownership;
  readonly #log: Log;

  constructor(options: {
    link: EdgeLink;
    /** Absent: nothing is known of earlier sessions. */
    held?: HeldObjects;
    /** Absent: this is the only cloudcore. */
    ownership?: Ownership;
    store: StatusStore;
    /** Absent: no files for mappers of KubeEdge 1.9 to 1.14 are kept. */
    profiles?: ProfileStore;
    transitions: TransitionLog;
    statusIntervalMs: number;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    const { link, clock, random } = options;
    const log = options.log.child({ component: this.name });
    const [catalog, memories] = [this.#catalog, this.#memories];
    this.#log = log;
    this.#link = link;
    this.#ownership = options.ownership ?? { owns: () => true };
    this.#presence = new NodePresence(clock);
    this.#downstream = new Downstream({
      ...{ catalog, link, clock, log },
      stock: new StockDesired({
        ...{ catalog, memories, link, clock },
        onTwinsSent: (id) => this.#downQueue.addAfter(`probe:${id}`, PROBE_AFTER_MS),
      }),
      held: options.held ?? { heldBy: () => new Map() },
    });
    const onReport = (id: DeviceId) => this.#statusQueue.add(id);
    this.#upstream = new Upstream({
      ...{ catalog, memories, link, onReport, clock, log },
      stock: this.#downstream,
    });
    const writer = new StatusWriter({
      ...options,
      catalog,
      memories,
      presence: this.#presence,
      ownership: this.#ownership,
      onWritten: (device) => this.deviceSeen(device),
      intervalMs: options.statusIntervalMs,
      log,
    });
    this.#writer = writer;
    this.#statusQueue = new KeyQueue({
      name: "device-status",
      reconcile: (key, signal) => writer.reconcile(key as DeviceId, signal),
      concurrency: STATUS_CONCURRENCY,
      backoff: STATUS_BACKOFF,
      clock,
      random,
      log,
    });
    this.#profiles =
      options.profiles &&
      new DeviceProfiles({
        ...{ catalog, link, ownership: this.#ownership, store: options.profiles },
        ...{ clock, random, log },
      });
    this.#downQueue = new KeyQueue({
      name: "device-down",
      reconcile: async (key) => this.#syncDown(key),
      clock,
      random,
      log,
    });
  }

  /** How many there are in Kubernetes, as last seen. */
  get devices(): number {
    return this.#catalog.size;
  }

  /** Reports that can never reach Kubernetes. */
  get refusedReports(): number {
    return this.#upstream.refusedReports;
  }

  /** Reports that were taken and will not be confirmed: too many of one device wait for Kubernetes. */
  get droppedConfirmations(): number {
    return this.#memories.droppedConfirmations;
  }

  /** Status patches by result. */
  get statusWrites(): ReadonlyMap<string, number> {
    return this.#writer.writes;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#presence.started();
    await this.#downQueue.start(signal);
    await this.#statusQueue.start(signal);
    await this.#profiles?.start(signal);
  }

  async stop(): Promise<void> {
    await this.#profiles?.stop();
    await this.#statusQueue.stop();
    await this.#downQueue.stop();
  }

  deviceSeen(device: Device): void {
    const id = deviceIdOf(device.metadata);
    const before = this.#catalog.revision(id);
    const nodeBefore = this.#catalog.device(id)?.spec?.nodeName ?? "";
    if (!this.#catalog.putDevice(device)) return;
    const memory = this.#memories.of(device);
    if (!this.#ownership.owns(device.spec?.nodeName ?? "")) memory.adopt(device);
    memory.noteDesired(device);
    if (this.#catalog.revision(id) !== before) {
      this.#downQueue.add(`device:${id}`);
      for (const node of new Set([nodeBefore, device.spec?.nodeName ?? ""]))
        this.#profiles?.changed(node);
    }
    this.#statusQueue.add(id);
  }

  deviceGone(device: Device): void {
    const id = deviceIdOf(device.metadata);
    this.#catalog.removeDevice(device);
    this.#profiles?.changed(device.spec?.nodeName ?? "");
    this.#downQueue.add(`device:${id}`);
    this.#statusQueue.add(id);
  }

  modelSeen(model: DeviceModel): void {
    this.#catalog.putModel(model);
    this.#modelChanged(deviceIdOf(model.metadata));
  }

  modelGone(model: DeviceModel): void {
    this.#catalog.removeModel(model);
    this.#modelChanged(deviceIdOf(model.metadata));
  }

  nodeConnected(node: string, peer: { isOurs: boolean } = { isOurs: true }): void {
    this.#presence.connected(node);
    this.#downstream.nodeConnected(node, { isStock: !peer.isOurs });
    this.#downQueue.addAfter(`node:${node}`, UNASKED_AFTER_MS);
    for (const id of this.#catalog.devicesOfNode(node)) this.#statusQueue.add(id);
  }

  /** @param kubeletVersion as the node's object has it */
  nodeVersionKnown(node: string, kubeletVersion: string): void {
    const release = edgeReleaseOf(kubeletVersion);
    this.#downstream.releaseKnown(node, release);
    if (this.#downstream.isStock(node) && !release.takesObjects) {
      this.#profiles?.readerConnected(node);
    }
  }

  nodeDisconnected(node: string): void {
    this.#presence.disconnected(node);
    this.#downstream.nodeDisconnected(node);
    this.#profiles?.disconnected(node);
    for (const id of this.#catalog.devicesOfNode(node)) {
      this.#statusQueue.addAfter(id, AWAY_GRACE_MS);
    }
  }

  /** Another cloudcore may write for a node now, or this one; of all nodes, when none is named. */
  ownershipChanged(node: string | undefined): void {
    const ids = node === undefined ? this.#catalog.devices() : this.#catalog.devicesOfNode(node);
    for (const id of ids) {
      this.#followOwner(id);
      this.#statusQueue.add(id);
      this.#profiles?.changed(this.#catalog.device(id)?.spec?.nodeName ?? "");
    }
  }

  /** Where another one writes, what it has written is true. */
  #followOwner(id: DeviceId): void {
    const device = this.#catalog.device(id);
    const node = device?.spec?.nodeName ?? "";
    if (!device || this.#ownership.owns(node) || this.#link.isConnected(node)) return;
    const memory = this.#memories.of(device);
    memory.letGo();
    memory.adopt(device);
  }

  messageArrived(node: string, message: Envelope): void {
    const { operation, resource = "" } = message.route;
    const target = this.#resources.read(resource);
    switch (target.kind) {
      case "membershipDetail":
        this.#answerMembership(node, message);
        return;
      case "twinUpdate":
        this.#upstream.twinReported(node, this.#downstream.idAt(node, target.id), message);
        return;
      case "stateUpdate":
        this.#upstream.stateReported(node, this.#downstream.idAt(node, target.id), message);
        return;
      case "other":
        if (target.resource === INVENTORY_RESOURCE) {
          this.#downstream.compared(node, parseInventory(message.content));
          return;
        }
        break;
      default:
    }
    this.#log.debug("a message was not understood", { node, operation, resource });
  }

  #answerMembership(node: string, { header, content }: Envelope): void {
    const digests = digestsIn(content);
    if (digests) this.#downstream.compare(node, header.msg_id, digests);
    else this.#downstream.answerMembership(node, header.msg_id);
  }

  #modelChanged(model: DeviceId): void {
    this.#downQueue.add(`model:${model}`);
    for (const id of this.#catalog.devicesOfModel(model)) {
      this.#statusQueue.add(id);
      this.#profiles?.changed(this.#catalog.device(id)?.spec?.nodeName ?? "");
    }
  }

  #syncDown(key: string): undefined {
    const cut = key.indexOf(":");
    const [kind, id] = [key.slice(0, cut), key.slice(cut + 1)];
    if (kind === "node") this.#downstream.syncNode(id);
    else if (kind === "probe") this.#downstream.probe(id as DeviceId);
    else if (kind === "device") this.#downstream.syncDevice(id as DeviceId);
    else this.#downstream.syncModel(id as DeviceId);
    return undefined;
  }
}
