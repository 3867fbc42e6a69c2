import {
  type Device,
  type DeviceId,
  type DeviceModel,
  MapperkitError,
  parseDevice,
  parseDeviceModel,
  splitDeviceId,
} from "@mapperkit/api";
import {
  DEVICE_MODELS,
  DEVICES,
  type KubeClient,
  type KubeObject,
  type KubeResource,
  LEASES,
  NODES,
  OBJECT_SYNCS,
} from "@mapperkit/cloudcore/kube";
import { absent, type Fact, found, known, unknown } from "./fact.ts";
import type { EventSeen, Gathered, NodeSeen } from "./road.ts";

type FromCluster = Pick<Gathered, "device" | "model" | "node" | "lease" | "objectSync" | "events">;

const EVENTS: KubeResource = { group: "", version: "v1", plural: "events" };
const EVENTS_LOOKED_AT = 500;
const EVENTS_SHOWN = 5;

/** What a kubeconfig lets see; what it does not is named, and keeps nobody from the rest. */
export async function gatherCluster(
  client: KubeClient,
  id: DeviceId,
  signal: AbortSignal,
): Promise<FromCluster> {
  const { namespace, name } = splitDeviceId(id);
  const get = (resource: KubeResource, ref: { namespace?: string; name: string }) =>
    look(() => client.get(resource, ref, signal));
  const device = map(await get(DEVICES, { namespace, name }), (o): Device => parseDevice(o));
  const { spec, metadata } = known(device) ?? {};
  const model = spec?.deviceModelRef?.name;
  const node = spec?.nodeName;
  const nothing = Promise.resolve<Fact<KubeObject>>(absent);
  const sync = node && metadata?.uid ? `${node}.${metadata.uid}` : undefined;
  const [models, nodes, leases, syncs, events] = await Promise.all([
    model ? get(DEVICE_MODELS, { namespace, name: model }) : nothing,
    node ? get(NODES, { name: node }) : nothing,
    node ? get(LEASES, { namespace: "kube-node-lease", name: node }) : nothing,
    sync ? get(OBJECT_SYNCS, { namespace, name: sync }) : nothing,
    look(() => client.listPage(EVENTS, { namespace, limit: EVENTS_LOOKED_AT }, signal)),
  ]);
  return {
    device,
    model: map(models, (object): DeviceModel => parseDeviceModel(object)),
    node: map(nodes, nodeSeen),
    lease: map(leases, ({ spec: lease }) => ({ renewTime: textAt(lease, "renewTime") })),
    objectSync: map(syncs, ({ status }) => ({
      resourceVersion: textAt(status, "objectResourceVersion") || "0",
      linkVersion: textAt(status, "linkVersion"),
    })),
    events: map(events, ({ items }) => eventsOf(items, name)),
  };
}

async function look<T>(ask: () => Promise<T>): Promise<Fact<T>> {
  try {
    return found(await ask());
  } catch (error) {
    if (error instanceof MapperkitError && error.code === "not_found") return absent;
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

function map<A, B>(fact: Fact<A>, read: (value: A) => B): Fact<B> {
  if (fact.kind !== "found") return fact;
  try {
    return found(read(fact.value));
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

function nodeSeen({ status }: KubeObject): NodeSeen {
  const { conditions } = (status ?? {}) as { conditions?: Record<string, string>[] };
  const ready = conditions?.find(({ type }) => type === "Ready");
  const since = ready?.lastTransitionTime;
  return {
    ready: ready?.status ?? "Unknown",
    message: ready?.message ?? "it has no Ready condition",
    ...(since && { since }),
  };
}

function eventsOf(items: readonly KubeObject[], name: string): EventSeen[] {
  return items
    .filter(({ involvedObject }) => {
      const about = (involvedObject ?? {}) as { kind?: string; name?: string };
      return about.kind === "Device" && about.name === name;
    })
    .map((event) => ({
      at: textAt(event, "lastTimestamp") || textAt(event, "eventTime"),
      type: textAt(event, "type"),
      reason: textAt(event, "reason"),
      message: textAt(event, "message"),
      count: Number(event.count ?? 1),
    }))
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, EVENTS_SHOWN);
}

function textAt(object: unknown, field: string): string {
  const value = (object as Record<string, unknown> | undefined)?.[field];
  return typeof value === "string" ? value : "";
}
