import {
  type Device,
  type DeviceAnnouncement,
  type DeviceModel,
  mergeModelDefaults,
  type ObjectMeta,
} from "@mapperkit/api";

/** Kubernetes' own bookkeeping, which may be larger than the device. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** What mappers learn of a device (additions.md): spec and identity, no status. */
export function announcementOf(device: Device, model: DeviceModel | undefined): DeviceAnnouncement {
  const merged = model ? mergeModelDefaults(device, model) : device;
  const { apiVersion, kind, spec } = merged;
  return {
    version: 1,
    generation: device.metadata.generation ?? 0,
    device: { apiVersion, kind, metadata: briefMeta(device.metadata), ...(spec && { spec }) },
    ...(model && {
      model: {
        apiVersion: model.apiVersion,
        kind: model.kind,
        metadata: briefMeta(model.metadata),
        ...(model.spec && { spec: model.spec }),
      },
    }),
  };
}

function briefMeta(meta: ObjectMeta): ObjectMeta {
  const { [LAST_APPLIED]: _, ...annotations } = meta.annotations ?? {};
  return {
    name: meta.name,
    ...(meta.namespace && { namespace: meta.namespace }),
    ...(meta.uid && { uid: meta.uid }),
    ...(meta.generation !== undefined && { generation: meta.generation }),
    ...(meta.labels && { labels: meta.labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}
