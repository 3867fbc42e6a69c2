import { type Device, type DeviceStatus, parseDevice } from "@mapperkit/api";
import type { StatusStore } from "../../devicecontroller/index.ts";
import type { KubeClient } from "../client/kube-client.ts";
import { DEVICES } from "../client/kube-resource.ts";

/** Device.status through the status subresource of v1beta1. */
export class KubeStatusStore implements StatusStore {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async mergeStatus(device: Device, part: DeviceStatus, signal: AbortSignal): Promise<Device> {
    const { name, namespace = "default", uid } = device.metadata;
    // The uid is a precondition: never into another object of this name.
    const patch = { metadata: { uid }, status: part };
    const options = { patch, subresource: "status" as const, signal };
    return parseDevice(await this.#client.mergePatch(DEVICES, { namespace, name }, options));
  }
}
