import { type DeviceId, type Envelope, parseResource, resources } from "@mapperkit/api";
import { type DeviceCatalog, modelIdOf } from "../device-catalog.ts";
import type { WantedObject } from "../edge-link.ts";
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

/** A device or a model with its resource; undefined when there is none. */
export function wantedObject(
  catalog: DeviceCatalog,
  kind: "device" | "devicemodel",
  id: DeviceId,
): (Omit<WantedObject, "isHeld"> & { readonly resource: string }) | undefined {
  if (kind === "device") {
    const object = catalog.device(id);
    return object && { resource: resources.device(id), object, version: catalog.versionOf(id) };
  }
  const object = catalog.model(id);
  const version = catalog.modelVersionOf(id);
  return object && { resource: resources.deviceModel(id), object, version };
}

/** All objects that a node should hold, beside what it has shown that it holds. */
export function standingOf(
  catalog: DeviceCatalog,
  node: string,
  holds: (resource: string, version: string) => boolean,
): WantedObject[] {
  return [...wantedObjects(catalog, node).keys()].flatMap((resource) => {
    const target = parseResource(resource);
    if (target.kind !== "device" && target.kind !== "devicemodel") return [];
    const wanted = wantedObject(catalog, target.kind, `${target.namespace}/${target.name}`);
    return wanted ? [{ ...wanted, isHeld: holds(resource, wanted.version) }] : [];
  });
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
