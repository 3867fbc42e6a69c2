import { type DeviceId, parseResource, splitDeviceId } from "@mapperkit/api";
import { CURRENT_RELEASE, type EdgeRelease } from "./edge-release.ts";
import { type Inventory, uidOfVersion } from "./inventory/index.ts";

/** What one connected node has been told in this session. */
export class NodeView {
  /** A KubeEdge edge, which takes desired values from membership messages only. */
  readonly isStock: boolean;
  release: EdgeRelease = CURRENT_RELEASE;
  /** The desired values of each device that it was asked about. */
  readonly probed = new Map<DeviceId, string>();
  /** What desired values it was told of each device. */
  readonly twinsSent = new Map<DeviceId, string>();
  /** True once the node has the full list, and so hears of changes one by one. */
  isListed = false;
  /** The devices that it knows as its own, each with the model that was sent for it. */
  readonly members = new Map<DeviceId, DeviceId | undefined>();
  readonly #sent = new Map<
    string,
    { readonly version: string; readonly uid: string | undefined }
  >();

  constructor({ isStock }: { isStock: boolean }) {
    this.isStock = isStock;
  }

  /** Nothing is known of what it holds. */
  reset(): void {
    this.isListed = false;
    this.members.clear();
    this.twinsSent.clear();
    this.probed.clear();
    this.#sent.clear();
  }

  /** Takes what the node says that it holds for what it was told. */
  adopt(inventory: Inventory): void {
    for (const [resource, version] of inventory) {
      const target = parseResource(resource);
      if (target.kind !== "device" && target.kind !== "devicemodel") continue;
      if (version !== "") this.sent(resource, version, uidOfVersion(version));
      if (target.kind === "device") this.members.set(idOf(target), undefined);
    }
  }

  /** The device that the node means by an id: an old edge leaves the namespace out. */
  idOf(said: DeviceId): DeviceId {
    if (!this.release.hasBareIds || this.members.has(said)) return said;
    const { name } = splitDeviceId(said);
    return [...this.members.keys()].find((id) => splitDeviceId(id).name === name) ?? said;
  }

  /** The models that it was told of. */
  models(): DeviceId[] {
    return [...this.#sent.keys()].flatMap((resource) => {
      const target = parseResource(resource);
      return target.kind === "devicemodel" ? [idOf(target)] : [];
    });
  }

  /** How to send this version of an object, undefined when the node has it. */
  operationFor(resource: string, version: string): "insert" | "update" | undefined {
    const known = this.#sent.get(resource);
    if (!known) return "insert";
    return known.version === version ? undefined : "update";
  }

  sent(resource: string, version: string, uid: string | undefined): void {
    this.#sent.set(resource, { version, uid });
  }

  uidOf(resource: string): string | undefined {
    return this.#sent.get(resource)?.uid;
  }

  /** The uid under which the node knows the object; undefined when it was never sent. */
  forget(resource: string): { readonly uid: string | undefined } | undefined {
    const known = this.#sent.get(resource);
    this.#sent.delete(resource);
    return known;
  }
}

function idOf({ namespace, name }: { namespace: string; name: string }): DeviceId {
  return `${namespace}/${name}`;
}
