import { type DeviceId, type Envelope, type ObjectMeta, resources } from "@mapperkit/api";
import type { KubeObject } from "../kube/client/kube-object.ts";

/** What an ObjectSync says (device-crds §1.10): which version of an object its node has acknowledged. */
export interface ObjectSync {
  readonly node: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly kind: SyncedKind;
  /** "0": sent, and not acknowledged yet. */
  readonly resourceVersion: string;
  /** The version that no status moves; ours, so "" where the CRD is KubeEdge's. */
  readonly linkVersion: string;
}

const KINDS = ["Device", "DeviceModel"] as const;
export type SyncedKind = (typeof KINDS)[number];

export const NEVER_ACKNOWLEDGED = "0";
const API_VERSION = "reliablesyncs.kubeedge.io/v1alpha1";
const OBJECTS_API_VERSION = "devices.kubeedge.io/v1beta1";

/** `<node>.<uid>`, as KubeEdge names them. */
export function syncName({ node, uid }: Pick<ObjectSync, "node" | "uid">): string {
  return `${node}.${uid}`;
}

/** The resource on the link of the object that this is about. */
export function resourceOf({ kind, namespace, name }: ObjectSync): string {
  const id: DeviceId = `${namespace}/${name}`;
  return kind === "Device" ? resources.device(id) : resources.deviceModel(id);
}

/** Undefined for the syncs of other kinds, which are not ours. */
export function readObjectSync({ metadata, spec, status }: KubeObject): ObjectSync | undefined {
  const { objectKind, objectName } = (spec ?? {}) as Record<string, unknown>;
  const { objectResourceVersion, linkVersion } = (status ?? {}) as Record<string, unknown>;
  const kind = KINDS.find((each) => each === objectKind);
  const cut = metadata.name.lastIndexOf(".");
  if (!kind || typeof objectName !== "string" || cut < 1) return undefined;
  return {
    node: metadata.name.slice(0, cut),
    uid: metadata.name.slice(cut + 1),
    namespace: metadata.namespace ?? "default",
    name: objectName,
    kind,
    resourceVersion:
      typeof objectResourceVersion === "string" ? objectResourceVersion : NEVER_ACKNOWLEDGED,
    linkVersion: typeof linkVersion === "string" ? linkVersion : "",
  };
}

/** The ObjectSync that a message to a node calls for; undefined when the message is no object. */
export function objectSyncOf(node: string, { content }: Envelope): ObjectSync | undefined {
  return syncOfObject(node, (content ?? {}) as { kind?: unknown; metadata?: ObjectMeta });
}

/** The ObjectSync of an object that a node is to hold; undefined when it is of no synced kind. */
export function syncOfObject(
  node: string,
  { kind: said, metadata }: { kind?: unknown; metadata?: ObjectMeta },
): ObjectSync | undefined {
  const kind = KINDS.find((each) => each === said);
  if (!kind || !metadata?.uid) return undefined;
  return {
    node,
    uid: metadata.uid,
    namespace: metadata.namespace ?? "default",
    name: metadata.name,
    kind,
    resourceVersion: NEVER_ACKNOWLEDGED,
    linkVersion: "",
  };
}

export function objectSyncObject(sync: ObjectSync): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: "ObjectSync",
    metadata: { name: syncName(sync), namespace: sync.namespace },
    spec: {
      objectAPIVersion: OBJECTS_API_VERSION,
      objectKind: sync.kind,
      objectName: sync.name,
    },
  };
}

export function objectSyncStatus({ resourceVersion, linkVersion }: ObjectSync): object {
  return { objectResourceVersion: resourceVersion, ...(linkVersion && { linkVersion }) };
}
