import { type Device, type DeviceModel, MapperkitError } from "@mapperkit/api";
import {
  DEVICE_MODELS,
  DEVICES,
  KubeClient,
  type KubeObject,
  loadKubeconfig,
} from "@mapperkit/cloudcore/kube";
import { RealClock } from "@mapperkit/runtime";

export type Manifest = Device | DeviceModel;

/**
 * Creates what is missing. Of a device that exists only the protocol is brought up to date, since a
 * virtual device may listen elsewhere now; what the user desires of it stays.
 *
 * @throws MapperkitError when the API server refuses or cannot be reached
 */
export async function applyAll(
  kubeconfig: string,
  manifests: readonly Manifest[],
  signal: AbortSignal,
): Promise<void> {
  const client = new KubeClient({
    loadAccess: () => loadKubeconfig(kubeconfig),
    clock: new RealClock(),
  });
  try {
    for (const manifest of manifests) await apply(client, manifest, signal);
  } finally {
    client.close();
  }
}

async function apply(client: KubeClient, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const resource = manifest.kind === "Device" ? DEVICES : DEVICE_MODELS;
  try {
    await client.create(resource, manifest as KubeObject, { signal });
  } catch (error) {
    if (!(error instanceof MapperkitError) || error.code !== "conflict") throw error;
    if (manifest.kind !== "Device") return;
    const { name, namespace = "default" } = manifest.metadata;
    const patch = { spec: { protocol: manifest.spec?.protocol } };
    await client.mergePatch(resource, { namespace, name }, { patch, signal });
  }
}
