import { type Device, type DeviceId, resources } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import { type DeviceCatalog, modelIdOf } from "../device-catalog.ts";
import type { EdgeLink, HeldObjects } from "../edge-link.ts";
import {
  forOurEdge,
  inventoryAsked,
  type Member,
  memberOf,
  membershipChanged,
  membershipConfirmed,
  membershipList,
  objectDeleted,
  objectMessage,
} from "./device-messages.ts";
import { type EdgeRelease, isSameRelease } from "./edge-release.ts";
import {
  type BucketDigests,
  compareBuckets,
  type Inventory,
  uidOfVersion,
} from "./inventory/index.ts";
import { NodeView } from "./node-view.ts";
import type { StockDesired } from "./stock-desired.ts";
import { sortHeld, standingOf, wantedObject, wantedObjects } from "./wanted-objects.ts";

/**
 * Brings each connected node in step with the catalog: its membership, its devices, their models.
 * Every method compares what is with what the node was told, so calling one twice does no harm.
 */
export class Downstream {
  readonly #catalog: DeviceCatalog;
  readonly #link: EdgeLink;
  readonly #held: HeldObjects;
  readonly #stock: StockDesired;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #views = new Map<string, NodeView>();
  /** The connected node that has been told of a device. */
  readonly #placed = new Map<DeviceId, string>();

  constructor(options: {
    catalog: DeviceCatalog;
    link: EdgeLink;
    held: HeldObjects;
    stock: StockDesired;
    clock: Clock;
    log: Log;
  }) {
    this.#catalog = options.catalog;
    this.#link = options.link;
    this.#held = options.held;
    this.#stock = options.stock;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  nodeConnected(node: string, { isStock = false } = {}): void {
    this.#views.set(node, new NodeView({ isStock }));
  }

  /** Told when it is known; a node that was listed otherwise is listed anew. */
  releaseKnown(node: string, release: EdgeRelease): void {
    const view = this.#views.get(node);
    if (!view?.isStock || isSameRelease(view.release, release)) return;
    view.release = release;
    if (!view.isListed) return;
    view.reset();
    this.syncNode(node);
  }

  /** The device that a node means: edges with bare ids leave the namespace out. */
  idAt(node: string, said: DeviceId): DeviceId {
    return this.#views.get(node)?.idOf(said) ?? said;
  }

  /** A stock edge has had time to show that it holds what was desired. */
  probe(id: DeviceId): void {
    const node = this.#catalog.device(id)?.spec?.nodeName ?? "";
    const view = this.#views.get(node);
    if (view) this.#stock.probe(node, view, id);
  }

  isStock(node: string): boolean {
    return this.#views.get(node)?.isStock ?? false;
  }

  nodeDisconnected(node: string): void {
    for (const id of this.#views.get(node)?.members.keys() ?? []) {
      if (this.#placed.get(id) === node) this.#placed.delete(id);
    }
    this.#views.delete(node);
  }

  /** A node asked for its devices: confirmed first, then the list by itself, then the objects. */
  answerMembership(node: string, messageId: string): void {
    const view = this.#views.get(node);
    if (!view) return;
    this.#link.send(node, membershipConfirmed(this.#clock.now(), messageId));
    view.isListed = false;
    this.syncNode(node);
  }

  /**
   * A node asked for its devices and said what it holds: where nothing differs it is only confirmed,
   * else it is asked about the buckets that do, and answers to `compared`.
   */
  compare(node: string, messageId: string, digests: BucketDigests): void {
    const view = this.#views.get(node);
    if (!view) return;
    this.#link.send(node, membershipConfirmed(this.#clock.now(), messageId));
    view.reset();
    const { same, differing } = compareBuckets(wantedObjects(this.#catalog, node), digests);
    this.#adopt(node, view, same);
    if (differing.length === 0) this.compared(node, new Map());
    else this.#link.send(node, inventoryAsked(this.#clock.now(), differing));
  }

  /** What a node holds where it differed: it is told all changes, and nothing but them. */
  compared(node: string, inventory: Inventory): void {
    const view = this.#views.get(node);
    if (!view || view.isListed) return;
    this.#adopt(node, view, inventory);
    const holds = (resource: string, version: string) => !view.operationFor(resource, version);
    this.#held.nodeCompared?.(node, standingOf(this.#catalog, node, holds));
    view.isListed = true;
    const ids = this.#catalog.devicesOfNode(node);
    const wanted = new Set(ids);
    for (const id of view.members.keys()) if (!wanted.has(id)) this.#remove(id, node);
    for (const id of ids) this.syncDevice(id);
    for (const model of view.models()) this.#dropUnusedModel(node, view, model);
    this.#log.info("node was compared", { node, devices: ids.length, differing: inventory.size });
  }

  /** Tells a node its exact list, once in a session, and all objects that it lacks. */
  syncNode(node: string): void {
    const view = this.#views.get(node);
    if (!view || view.isListed) return;
    const ids = this.#catalog.devicesOfNode(node);
    const members = ids.map((id) => this.#member(id, view));
    this.#link.send(node, membershipList(this.#clock.now(), members));
    view.isListed = true;
    view.members.clear();
    view.twinsSent.clear();
    this.#takeBackStale(node, view);
    for (const id of ids) this.#place(id, node, view);
    for (const id of ids) {
      const device = this.#catalog.device(id);
      if (device) this.#changeModel(id, device, node, view);
    }
    for (const id of ids) this.#sendObject(node, view, wantedObject(this.#catalog, "device", id));
    for (const id of ids) this.#stock.send(node, view, id);
    this.#log.info("node was told its devices", { node, devices: ids.length });
  }

  /** A node that cannot say what it holds keeps what it acknowledged, and loses what it should not hold. */
  #takeBackStale(node: string, view: NodeView): void {
    const wanted = wantedObjects(this.#catalog, node);
    const now = this.#clock.now();
    const { kept, deletions } = sortHeld(this.#held.heldBy(node), wanted, now);
    const perhaps = sortHeld(this.#held.sentTo?.(node) ?? new Map(), wanted, now);
    for (const [resource, message] of perhaps.deletions) this.#link.put(node, resource, message);
    for (const [resource, version] of kept) view.sent(resource, version, uidOfVersion(version));
    for (const [resource, message] of deletions) this.#link.put(node, resource, message);
  }

  #adopt(node: string, view: NodeView, inventory: Inventory): void {
    view.adopt(inventory);
    for (const id of view.members.keys()) {
      if (this.#catalog.device(id)?.spec?.nodeName === node) this.#placed.set(id, node);
    }
  }

  /** A device was created, changed, moved or deleted. */
  syncDevice(id: DeviceId): void {
    const device = this.#catalog.device(id);
    const node = device?.spec?.nodeName;
    const placedAt = this.#placed.get(id);
    if (placedAt !== undefined && (placedAt !== node || this.#isRecreated(id, placedAt, device))) {
      this.#remove(id, placedAt);
    }
    const view = node === undefined ? undefined : this.#views.get(node);
    // Before the list is sent there is nothing to add to: the list will hold this device.
    if (!device || !node || !view?.isListed) return;
    if (!view.members.has(id)) this.#add(id, node, view);
    this.#changeModel(id, device, node, view);
    this.#sendObject(node, view, wantedObject(this.#catalog, "device", id));
    this.#stock.send(node, view, id);
  }

  /** A stock edge holds newer versions than it was told: once more, above them. */
  repeatTwins(node: string, id: DeviceId): void {
    this.#views.get(node)?.twinsSent.delete(id);
    this.syncDevice(id);
  }

  /** A model was created, changed or deleted: the nodes of its devices hear of it. */
  syncModel(model: DeviceId): void {
    const nodes = this.#catalog
      .devicesOfModel(model)
      .flatMap((id) => this.#catalog.device(id)?.spec?.nodeName ?? []);
    for (const node of new Set(nodes)) {
      const view = this.#views.get(node);
      if (!view?.isListed) continue;
      if (this.#catalog.model(model))
        this.#sendObject(node, view, wantedObject(this.#catalog, "devicemodel", model));
      else this.#dropModel(node, view, model);
    }
  }

  /** Under the same name, yet another object: the node must not carry anything over. */
  #isRecreated(id: DeviceId, node: string, device: Device | undefined): boolean {
    const uid = this.#views.get(node)?.uidOf(resources.device(id));
    return uid !== undefined && uid !== device?.metadata.uid;
  }

  /** Sends the device's model if the node lacks it, and takes back one that no device needs any more. */
  #changeModel(id: DeviceId, device: Device, node: string, view: NodeView): void {
    const before = view.members.get(id);
    const model = modelIdOf(device);
    view.members.set(id, model);
    if (model) this.#sendObject(node, view, wantedObject(this.#catalog, "devicemodel", model));
    if (before && before !== model) this.#dropUnusedModel(node, view, before);
  }

  #dropUnusedModel(node: string, view: NodeView, model: DeviceId): void {
    const isUsed =
      this.#catalog.model(model) !== undefined &&
      this.#catalog.devicesOfModel(model).some((id) => view.members.has(id));
    if (!isUsed) this.#dropModel(node, view, model);
  }

  #place(id: DeviceId, node: string, view: NodeView): void {
    view.members.set(id, undefined);
    this.#placed.set(id, node);
  }

  #add(id: DeviceId, node: string, view: NodeView): void {
    this.#link.send(node, membershipChanged(this.#clock.now(), { added: this.#member(id, view) }));
    this.#place(id, node, view);
    this.#log.info("device was given to its node", { node, device: id });
  }

  #remove(id: DeviceId, node: string): void {
    if (this.#placed.get(id) === node) this.#placed.delete(id);
    const view = this.#views.get(node);
    const model = view?.members.get(id);
    if (!view?.members.delete(id)) return;
    view.twinsSent.delete(id);
    const removed = memberOf(id, undefined, view.release);
    this.#link.send(node, membershipChanged(this.#clock.now(), { removed }));
    const resource = resources.device(id);
    const known = view.forget(resource);
    if (known) {
      const message = objectDeleted(this.#clock.now(), "Device", id, known.uid);
      this.#link.put(node, resource, message);
    }
    if (model) this.#dropUnusedModel(node, view, model);
    this.#log.info("device was taken from its node", { node, device: id });
  }

  #member(id: DeviceId, { isStock, release }: NodeView): Member {
    return { ...memberOf(id, this.#catalog.device(id), release), ...(isStock && { twin: {} }) };
  }

  #sendObject(node: string, view: NodeView, item: ReturnType<typeof wantedObject>): void {
    if (!item) return;
    const operation = view.operationFor(item.resource, item.version);
    if (!operation || !view.release.takesObjects) return;
    const object = view.isStock ? item.object : forOurEdge(item.object, item.version);
    const message = objectMessage(this.#clock.now(), operation, item.resource, object);
    this.#link.put(node, item.resource, message, item.version);
    view.sent(item.resource, item.version, item.object.metadata.uid);
  }

  #dropModel(node: string, view: NodeView, id: DeviceId): void {
    const resource = resources.deviceModel(id);
    const known = view.forget(resource);
    if (!known) return;
    this.#link.put(node, resource, objectDeleted(this.#clock.now(), "DeviceModel", id, known.uid));
  }
}
