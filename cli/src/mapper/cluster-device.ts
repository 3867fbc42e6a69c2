import {
  type DeviceAnnouncement,
  MapperkitError,
  mergeModelDefaults,
  parseDevice,
  parseDeviceModel,
} from "@mapperkit/api";
import { DEVICE_MODELS, DEVICES, KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { RealClock } from "@mapperkit/runtime";
import { findKubeconfig } from "../device/device-client.ts";

/** A device of the cluster with its model, as a mapper hears of them. */
export async function announcementFromCluster(
  name: string,
  flags: { kubeconfig?: string | undefined; namespace?: string | undefined },
): Promise<DeviceAnnouncement> {
  const kubeconfig = findKubeconfig(flags.kubeconfig);
  const client = new KubeClient({
    loadAccess: () => loadKubeconfig(kubeconfig),
    clock: new RealClock(),
  });
  const { signal } = new AbortController();
  try {
    const namespace = flags.namespace ?? (await client.namespace());
    const device = parseDevice(await client.get(DEVICES, { namespace, name }, signal));
    const base = { version: 1, generation: device.metadata.generation ?? 0 } as const;
    const modelName = device.spec?.deviceModelRef?.name ?? "";
    try {
      const ref = { namespace, name: modelName };
      const model = parseDeviceModel(await client.get(DEVICE_MODELS, ref, signal));
      return { ...base, device: mergeModelDefaults(device, model), model };
    } catch (error) {
      // A device without its model is explained too: that is its fault.
      if (error instanceof MapperkitError && error.code === "not_found") return { ...base, device };
      throw error;
    }
  } finally {
    client.close();
  }
}
