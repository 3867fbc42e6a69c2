import { isDeepStrictEqual } from "node:util";
import { type Device, type DeviceModel, type DeviceStatus, MapperkitError } from "@mapperkit/api";
import type { ObjectSync, ObjectSyncStore, StatusStore } from "@mapperkit/cloudcore/link";
import type { Clock, Random } from "@mapperkit/runtime";
import type { Lifetime } from "./lifetime.ts";

const API_VERSION = "devices.kubeedge.io/v1beta1" as const;
const GIVE_UP_MS = 5_000;

/** Who watches: one run of cloudcore. */
export interface KubeWatcher {
  deviceSeen(device: Device): void;
  deviceGone(device: Device): void;
  modelSeen(model: DeviceModel): void;
  syncSeen(sync: ObjectSync): void;
  syncGone(sync: ObjectSync): void;
}

export interface KubeWeather {
  /** Nobody reaches it; watches end. */
  isAway: boolean;
  latencyMs: number;
  /** Of so many calls, one in 100 fails: with 429, 500, or done and unanswered. */
  failurePercent: number;
}

interface Watch {
  readonly life: Lifetime;
  readonly watcher: KubeWatcher;
  readonly devices: Map<string, Device>;
  readonly syncs: Map<string, ObjectSync>;
  readonly onListed: () => void;
  isBroken: boolean;
  last: Promise<void>;
}

/** The API server as far as the link needs it: Devices, one DeviceModel, ObjectSyncs, watches. */
export class MemoryKubernetes {
  readonly weather: KubeWeather = { isAway: false, latencyMs: 0, failurePercent: 0 };
  readonly devices = new Map<string, Device>();
  readonly syncs = new Map<string, ObjectSync>();
  readonly model: DeviceModel;
  /** Told of each status before it is kept. */
  onStatus: (device: Device, next: DeviceStatus) => void = () => {};
  readonly #watches = new Set<Watch>();
  readonly #clock: Clock;
  readonly #random: Random;
  #version = 100;
  #uids = 0;

  constructor(parts: { clock: Clock; random: Random }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    const text = (name: string, accessMode: "ReadWrite" | "ReadOnly") =>
      ({ name, type: "STRING", accessMode }) as const;
    this.model = {
      apiVersion: API_VERSION,
      kind: "DeviceModel",
      metadata: { namespace: "default", name: "lamp", uid: "model", resourceVersion: "1" },
      spec: { properties: [text("power", "ReadWrite"), text("count", "ReadOnly")] },
    };
  }

  create(name: string, node: string, desired: string): void {
    this.#uids += 1;
    const uid = `uid-${this.#uids}`;
    this.#put({
      apiVersion: API_VERSION,
      kind: "Device",
      metadata: { namespace: "default", name, uid, generation: 1 },
      spec: {
        nodeName: node,
        deviceModelRef: { name: "lamp" },
        properties: [{ name: "power", desired: { value: desired } }, { name: "count" }],
      },
    });
  }

  /** A person's edit: of what is desired, the node, or a label. */
  edit(name: string, change: { desired?: string; node?: string; mark?: string }): void {
    const device = this.devices.get(name);
    if (!device) return;
    const { desired, node, mark } = change;
    const properties = device.spec?.properties?.map((property) =>
      property.name === "power" && desired
        ? { ...property, desired: { value: desired } }
        : property,
    );
    const spec = {
      ...device.spec,
      ...(properties && { properties }),
      ...(node && { nodeName: node }),
    };
    const isNew = !isDeepStrictEqual(spec, device.spec);
    const generation = (device.metadata.generation ?? 1) + (isNew ? 1 : 0);
    const labels = mark ? { mark } : device.metadata.labels;
    const metadata = { ...device.metadata, generation, ...(labels && { labels }) };
    this.#put({ ...device, metadata, spec });
  }

  delete(name: string): void {
    const device = this.devices.get(name);
    if (!device) return;
    this.devices.delete(name);
    for (const watch of this.#watches) this.#tell(watch, () => gone(watch, name));
  }

  /** Lists, then tells of each change; after an absence it lists anew. Resolves after the first list. */
  watch(life: Lifetime, watcher: KubeWatcher): Promise<void> {
    const { promise, resolve: onListed } = Promise.withResolvers<void>();
    const watch: Watch = {
      ...{ life, watcher, onListed, isBroken: true, last: Promise.resolve() },
      ...{ devices: new Map(), syncs: new Map() },
    };
    this.#watches.add(watch);
    life.onDeath(() => this.#watches.delete(watch));
    watcher.modelSeen(this.model);
    if (!this.weather.isAway) this.#list(watch);
    return life.of(promise);
  }

  goAway(): void {
    this.weather.isAway = true;
    for (const watch of this.#watches) watch.isBroken = true;
  }

  comeBack(): void {
    this.weather.isAway = false;
    for (const watch of this.#watches) this.#list(watch);
  }

  statusStore(life: Lifetime): StatusStore {
    return {
      mergeStatus: ({ metadata }, part) =>
        this.#call(life, () => this.#mergeStatus(metadata, part)),
    };
  }

  objectSyncs(life: Lifetime): ObjectSyncStore {
    const nameOf = ({ node, uid }: ObjectSync) => `${node}.${uid}`;
    return {
      create: (sync) =>
        this.#call(life, () => {
          if (!this.syncs.has(nameOf(sync))) this.#putSync(nameOf(sync), sync);
        }),
      setStatus: (sync) =>
        this.#call(life, () => {
          if (!this.syncs.has(nameOf(sync))) throw new MapperkitError("not_found", "no ObjectSync");
          this.#putSync(nameOf(sync), sync);
        }),
      delete: (sync) =>
        this.#call(life, () => {
          this.syncs.delete(nameOf(sync));
          for (const watch of this.#watches) {
            this.#tell(watch, () => syncGone(watch, nameOf(sync)));
          }
        }),
    };
  }

  #mergeStatus({ name, uid }: Device["metadata"], part: DeviceStatus): Device {
    const device = this.devices.get(name);
    if (!device) throw new MapperkitError("not_found", `devices "${name}" not found`);
    if (device.metadata.uid !== uid) {
      throw new MapperkitError("conflict", "Precondition failed: UID in precondition");
    }
    const status = { ...device.status, ...structuredClone(part) };
    this.onStatus(device, status);
    return this.#put({ ...device, status });
  }

  #put(object: Device): Device {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    const device = { ...object, metadata };
    this.devices.set(metadata.name, device);
    for (const watch of this.#watches) this.#tell(watch, () => seen(watch, device));
    return device;
  }

  #putSync(name: string, sync: ObjectSync): void {
    this.syncs.set(name, sync);
    for (const watch of this.#watches) this.#tell(watch, () => syncSeen(watch, name, sync));
  }

  async #call<T>(life: Lifetime, work: () => T): Promise<T> {
    return life.of(this.#serve(work));
  }

  async #serve<T>(work: () => T): Promise<T> {
    await this.#travel();
    if (this.weather.isAway) {
      await this.#clock.sleep(this.#random.int(0, GIVE_UP_MS));
      throw new MapperkitError("unreachable", "the API server is away");
    }
    const fate = this.#random.int(0, 99) < this.weather.failurePercent ? this.#random.int(0, 2) : 3;
    if (fate === 0) {
      const details = { status: 429, retryAfterMs: 1_000 };
      throw new MapperkitError("unreachable", "too many requests", { details });
    }
    if (fate === 1) throw new MapperkitError("unreachable", "internal error");
    const answer = work();
    await this.#travel();
    if (fate === 2 || this.weather.isAway) throw new MapperkitError("unreachable", "answer lost");
    return answer;
  }

  #tell(watch: Watch, work: () => void): void {
    if (watch.isBroken) return;
    watch.last = watch.last.then(async () => {
      await this.#travel();
      if (!watch.isBroken && watch.life.isAlive) work();
    });
  }

  #list(watch: Watch): void {
    watch.last = watch.last.then(async () => {
      await this.#travel();
      if (this.weather.isAway || !watch.life.isAlive) return;
      watch.isBroken = false;
      for (const name of [...watch.devices.keys()]) if (!this.devices.has(name)) gone(watch, name);
      for (const device of this.devices.values()) seen(watch, device);
      for (const name of [...watch.syncs.keys()]) if (!this.syncs.has(name)) syncGone(watch, name);
      for (const [name, sync] of this.syncs) syncSeen(watch, name, sync);
      watch.onListed();
    });
  }

  async #travel(): Promise<void> {
    const { latencyMs } = this.weather;
    if (latencyMs > 0) await this.#clock.sleep(this.#random.int(0, latencyMs));
  }
}

/** As the reflector does: another uid under a name is a deletion, then a creation. */
function seen({ devices, watcher }: Watch, device: Device): void {
  const { name, uid, resourceVersion } = device.metadata;
  const before = devices.get(name);
  devices.set(name, device);
  if (before?.metadata.resourceVersion === resourceVersion) return;
  if (before && before.metadata.uid !== uid) watcher.deviceGone(before);
  watcher.deviceSeen(device);
}

function gone({ devices, watcher }: Watch, name: string): void {
  const before = devices.get(name);
  devices.delete(name);
  if (before) watcher.deviceGone(before);
}

function syncSeen({ syncs, watcher }: Watch, name: string, sync: ObjectSync): void {
  syncs.set(name, sync);
  watcher.syncSeen(sync);
}

function syncGone({ syncs, watcher }: Watch, name: string): void {
  const before = syncs.get(name);
  syncs.delete(name);
  if (before) watcher.syncGone(before);
}
