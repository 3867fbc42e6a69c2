import { isDeepStrictEqual } from "node:util";
import { type Device, type DeviceId, type DeviceModel, deviceIdOf } from "@mapperkit/api";
import { deviceVersion, modelVersion } from "./downstream/inventory/index.ts";
import { isOlder } from "./resource-version.ts";

interface Entry {
  readonly device: Device;
  /** Rises with each change that an edge must hear of: identity, spec, labels. Never with status. */
  readonly revision: number;
  /** Reckoned when first asked for. */
  version: string | undefined;
}

/** All devices and models as last seen in Kubernetes, by node and by model. Models have ids like devices. */
export class DeviceCatalog {
  readonly #devices = new Map<DeviceId, Entry>();
  readonly #models = new Map<DeviceId, { readonly model: DeviceModel; version?: string }>();
  readonly #byNode = new Map<string, Set<DeviceId>>();
  readonly #byModel = new Map<DeviceId, Set<DeviceId>>();
  #lastRevision = 0;

  get size(): number {
    return this.#devices.size;
  }

  device(id: DeviceId): Device | undefined {
    return this.#devices.get(id)?.device;
  }

  revision(id: DeviceId): number {
    return this.#devices.get(id)?.revision ?? 0;
  }

  /** The device's version between cloud and edge. "" when there is no such device. */
  versionOf(id: DeviceId): string {
    const entry = this.#devices.get(id);
    if (!entry) return "";
    entry.version ??= deviceVersion(entry.device);
    return entry.version;
  }

  /** The model's version between cloud and edge. "" when there is no such model. */
  modelVersionOf(id: DeviceId): string {
    const entry = this.#models.get(id);
    if (!entry) return "";
    entry.version ??= modelVersion(entry.model);
    return entry.version;
  }

  model(id: DeviceId): DeviceModel | undefined {
    return this.#models.get(id)?.model;
  }

  modelOf(device: Device): DeviceModel | undefined {
    const id = modelIdOf(device);
    return id && this.#models.get(id)?.model;
  }

  devices(): readonly DeviceId[] {
    return [...this.#devices.keys()];
  }

  devicesOfNode(node: string): readonly DeviceId[] {
    return [...(this.#byNode.get(node) ?? [])];
  }

  devicesOfModel(model: DeviceId): readonly DeviceId[] {
    return [...(this.#byModel.get(model) ?? [])];
  }

  /** False when a newer state of the same object is known already. */
  putDevice(device: Device): boolean {
    const id = deviceIdOf(device.metadata);
    const before = this.#devices.get(id);
    if (before && isOlder(device.metadata, before.device.metadata)) return false;
    if (before) this.#unindex(id, before.device);
    const isSame = before !== undefined && isSameForEdge(before.device, device);
    if (!isSame) this.#lastRevision += 1;
    const { revision, version } = isSame
      ? before
      : { revision: this.#lastRevision, version: undefined };
    // The same spec stays the same object, so that what was reckoned from it stands.
    const spec = isSame ? before.device.spec : device.spec;
    this.#devices.set(id, { device: { ...device, ...(spec && { spec }) }, revision, version });
    this.#index(id, device);
    return true;
  }

  removeDevice(device: Device): void {
    const id = deviceIdOf(device.metadata);
    const known = this.#devices.get(id);
    if (!known || known.device.metadata.uid !== device.metadata.uid) return;
    this.#devices.delete(id);
    this.#unindex(id, known.device);
  }

  putModel(model: DeviceModel): void {
    this.#models.set(deviceIdOf(model.metadata), { model });
  }

  removeModel(model: DeviceModel): void {
    const id = deviceIdOf(model.metadata);
    if (this.#models.get(id)?.model.metadata.uid === model.metadata.uid) this.#models.delete(id);
  }

  #index(id: DeviceId, device: Device): void {
    const node = device.spec?.nodeName;
    const model = modelIdOf(device);
    if (node) addTo(this.#byNode, node, id);
    if (model) addTo(this.#byModel, model, id);
  }

  #unindex(id: DeviceId, device: Device): void {
    const node = device.spec?.nodeName;
    const model = modelIdOf(device);
    if (node) removeFrom(this.#byNode, node, id);
    if (model) removeFrom(this.#byModel, model, id);
  }
}

/** The model's id, in the device's own namespace. */
export function modelIdOf(device: Device): DeviceId | undefined {
  const name = device.spec?.deviceModelRef?.name;
  return name ? deviceIdOf({ namespace: device.metadata.namespace, name }) : undefined;
}

function isSameForEdge(a: Device, b: Device): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    isDeepStrictEqual(a.metadata.labels, b.metadata.labels) &&
    // Without a status subresource each status write raises the generation too.
    (a.metadata.generation === b.metadata.generation || isDeepStrictEqual(a.spec, b.spec))
  );
}

function addTo<K>(index: Map<K, Set<DeviceId>>, key: K, id: DeviceId): void {
  const ids = index.get(key);
  if (ids) ids.add(id);
  else index.set(key, new Set([id]));
}

function removeFrom<K>(index: Map<K, Set<DeviceId>>, key: K, id: DeviceId): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}
