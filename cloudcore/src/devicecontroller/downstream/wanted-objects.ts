import { type DeviceId, type Envelope, parseResource, resources } from "@mapperkit/api";
import { type DeviceCatalog, modelIdOf } from "../device-catalog.ts";
import { objectDeleted } from "./device-messages.ts";
import { type Inventory, uidOfVersion } from "./inventory/index.ts";

/** All objects that a node should hold, with their versions. */
export function wantedObjects(catalog: DeviceCatalog, node: string): Inventory {
  const wanted = new Map<string, string>();
  for (const id of catalog.devicesOfNode(node)) {
    wanted.set(resources.device(id), catalog.versionOf(id));
    const device = catalog.device(id);
    const model = device && modelIdOf(device);
    if (!model || !catalog.model(model)) continue;
    wanted.set(resources.deviceModel(model), catalog.modelVersionOf(model));
  }
  return wanted;
}

/** Of what a node holds, that which it may keep, and the deletions of the rest. */
export function sortHeld(
  held: Inventory,
  wanted: Inventory,
  now: number,
): { readonly kept: Inventory; readonly deletions: ReadonlyMap<string, Envelope> } {
  const kept = new Map<string, string>();
  const deletions = new Map<string, Envelope>();
  for (const [resource, version] of held) {
    const uid = uidOfVersion(version);
    const target = parseResource(resource);
    if (wanted.has(resource)) {
      // Of an object that was made anew, nothing is kept.
      if (uidOfVersion(wanted.get(resource) ?? "") === uid) kept.set(resource, version);
    } else if (target.kind === "device" || target.kind === "devicemodel") {
      const kind = target.kind === "device" ? "Device" : "DeviceModel";
      const id: DeviceId = `${target.namespace}/${target.name}`;
      deletions.set(resource, objectDeleted(now, kind, id, uid));
    }
  }
  return { kept, deletions };
}
