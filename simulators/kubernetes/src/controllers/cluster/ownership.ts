import type { KubeObject, OwnerReference } from "../../objects/index.ts";
import type { Cluster } from "./cluster.ts";
import type { Kind } from "./kinds.ts";
import { selects } from "./label-selector.ts";

export interface ControllerReference extends OwnerReference {
  readonly controller?: boolean;
}

/** The one owner that manages the object. */
export function controllerOf({ metadata }: KubeObject): ControllerReference | undefined {
  const owners = metadata.ownerReferences as ControllerReference[] | undefined;
  return owners?.find(({ controller }) => controller === true);
}

export function referenceTo(kind: Kind, { metadata }: KubeObject): ControllerReference {
  const { name = "", uid = "" } = metadata;
  const { apiVersion, kind: kindName } = kind;
  return { apiVersion, kind: kindName, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The key of what manages the object, when that is of this kind. */
export function ownerKey(kind: Kind, object: KubeObject): string | undefined {
  const owner = controllerOf(object);
  if (owner?.kind !== kind.kind || owner.apiVersion !== kind.apiVersion) return undefined;
  return `${object.metadata.namespace ?? ""}/${owner.name}`;
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export interface Claim<T extends KubeObject> {
  readonly owner: { readonly kind: Kind; readonly object: KubeObject; readonly selector: unknown };
  readonly kind: Kind<T>;
}

/**
 * The objects that belong to an owner: those it manages and still selects, and those it selects
 * that nobody manages, which are adopted. What it manages and no longer selects is let go.
 */
export async function claim<T extends KubeObject>(
  cluster: Cluster,
  { owner, kind }: Claim<T>,
): Promise<T[]> {
  const { metadata } = owner.object;
  const mine: T[] = [];
  for (const object of cluster.list(kind, metadata.namespace)) {
    const manager = controllerOf(object);
    const isSelected = selects(owner.selector, object.metadata.labels);
    if (manager?.uid === metadata.uid) {
      if (isSelected) mine.push(object);
      else await release(cluster, kind, object, metadata.uid);
    } else if (manager === undefined && isSelected && !isGoing(object)) {
      const adopted = await adopt(cluster, { owner, kind }, object);
      if (controllerOf(adopted)?.uid === metadata.uid) mine.push(adopted);
    }
  }
  return mine;
}

function isGoing({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

async function adopt<T extends KubeObject>(
  cluster: Cluster,
  { owner, kind }: Claim<T>,
  object: T,
): Promise<T> {
  return await cluster.change(kind, object, (current) => {
    if (controllerOf(current) !== undefined || isGoing(current)) return;
    const others = current.metadata.ownerReferences ?? [];
    current.metadata.ownerReferences = [...others, referenceTo(owner.kind, owner.object)];
  });
}

async function release<T extends KubeObject>(
  cluster: Cluster,
  kind: Kind<T>,
  object: T,
  uid: string | undefined,
): Promise<void> {
  await cluster.change(kind, object, ({ metadata }) => {
    const others = (metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    if (others.length > 0) metadata.ownerReferences = others;
    else delete metadata.ownerReferences;
  });
}
