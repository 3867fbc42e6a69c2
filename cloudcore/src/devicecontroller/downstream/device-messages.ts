import { randomUUID } from "node:crypto";
import {
  type Device,
  type DeviceId,
  type DeviceModel,
  type Envelope,
  type MsgTwin,
  makeEnvelope,
  resources,
  splitDeviceId,
} from "@mapperkit/api";
import { INVENTORY_RESOURCE, LINK_VERSION } from "./inventory/index.ts";

const SOURCE = "devicecontroller";

/** One line of a membership message (cloudhub-wire §3.10). */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** For stock edges: desired values, or none; absent would be answered with an error there. */
  readonly twin?: Readonly<Record<string, MsgTwin>>;
}

export function memberOf(
  id: DeviceId,
  device: Device | undefined,
  { hasBareIds = false } = {},
): Member {
  const description = device?.metadata.labels?.description;
  const { name } = splitDeviceId(id);
  return { id: hasBareIds ? name : id, name, ...(description && { description }) };
}

/** The first of two answers to `membership/detail`: the confirmation. */
export function membershipConfirmed(now: number, parentId: string): Envelope {
  return message(now, {
    parentId,
    group: "twin",
    operation: "response",
    resource: resources.membershipDetail,
    content: "OK",
  });
}

/** The second: the exact list. With a parent id an edge would take it for a confirmation only. */
export function membershipList(now: number, members: readonly Member[]): Envelope {
  return message(now, {
    group: "twin",
    operation: "update",
    resource: resources.membershipDetail,
    content: { event_id: randomUUID(), timestamp: now, devices: members },
  });
}

/** Asks what the node holds in these buckets. */
export function inventoryAsked(now: number, buckets: readonly string[]): Envelope {
  return message(now, {
    group: "twin",
    operation: "get",
    resource: INVENTORY_RESOURCE,
    content: { buckets },
  });
}

export function membershipChanged(
  now: number,
  change: { added?: Member; removed?: Member },
): Envelope {
  return message(now, {
    group: "twin",
    operation: "update",
    resource: resources.membership,
    content: {
      event_id: randomUUID(),
      timestamp: now,
      added_devices: change.added ? [change.added] : null,
      removed_devices: change.removed ? [change.removed] : null,
    },
  });
}

/** What kubectl keeps for itself; it doubles an object. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** A Device or DeviceModel in full, but for the managedFields, which no edge reads. */
export function objectMessage(
  now: number,
  operation: "insert" | "update",
  resource: string,
  object: Device | DeviceModel,
): Envelope {
  const { managedFields: _, ...metadata } = object.metadata;
  return message(now, {
    resourceVersion: object.metadata.resourceVersion ?? "",
    group: "resource",
    operation,
    resource,
    content: { ...object, metadata },
  });
}

/**
 * An object as our own edge needs it: with the version that it keeps for the next comparison, and of
 * the status, which the edge itself has told, only the versions of desired values (device-api.md 14).
 */
export function forOurEdge<T extends Device | DeviceModel>(object: T, linkVersion: string): T {
  const { status, ...kept } = object as Device;
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  const twins = status?.twins?.flatMap(({ propertyName, phase }) =>
    phase ? [{ propertyName, phase: { name: phase.name, version: phase.version } }] : [],
  );
  const metadata = {
    ...object.metadata,
    annotations: { ...annotations, [LINK_VERSION]: linkVersion },
  };
  return { ...kept, metadata, ...(twins && { status: { twins } }) } as unknown as T;
}

/** The object may be gone from everywhere, so only its identity is sent. */
export function objectDeleted(
  now: number,
  kind: "Device" | "DeviceModel",
  id: DeviceId,
  uid: string | undefined,
): Envelope {
  return message(now, {
    group: "resource",
    operation: "delete",
    resource: kind === "Device" ? resources.device(id) : resources.deviceModel(id),
    content: {
      apiVersion: "devices.kubeedge.io/v1beta1",
      kind,
      metadata: { ...splitDeviceId(id), ...(uid && { uid }) },
    },
  });
}

/** Tells an edge that Kubernetes holds what it reported, or that nobody ever will. */
export function reportConfirmed(now: number, parentId: string): Envelope {
  return message(now, {
    parentId,
    group: "twin",
    operation: "response",
    resource: resources.twin,
    content: "OK",
  });
}

function message(
  now: number,
  parts: {
    parentId?: string;
    resourceVersion?: string;
    group: string;
    operation: string;
    resource: string;
    content: unknown;
  },
): Envelope {
  return makeEnvelope({ id: randomUUID(), timestamp: now, source: SOURCE, ...parts });
}
