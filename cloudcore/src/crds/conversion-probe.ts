import { randomUUID } from "node:crypto";
import { MapperkitError } from "@mapperkit/api";
import type { KubeClient } from "../kube/index.ts";

const DEVICE_MODELS_V1ALPHA2 = {
  group: "devices.kubeedge.io",
  version: "v1alpha2",
  plural: "devicemodels",
} as const;

/**
 * Whether the API server reaches the conversion webhook, told by a creation that is never stored:
 * to check it, Kubernetes converts it. Undefined when the answer says neither.
 */
export async function canConvert(
  client: KubeClient,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const namespace = await client.namespace();
  const probe = {
    apiVersion: "devices.kubeedge.io/v1alpha2",
    kind: "DeviceModel",
    metadata: { name: `mapperkit-conversion-probe-${randomUUID().slice(0, 8)}`, namespace },
    spec: { properties: [] },
  };
  try {
    await client.create(DEVICE_MODELS_V1ALPHA2, probe, { dryRun: true, signal });
    return true;
  } catch (error) {
    if (!(error instanceof MapperkitError)) throw error;
    // Kubernetes answers 500 when its webhook fails; without a status it is itself away.
    const status = error.details.status;
    if (status === undefined) throw error;
    return typeof status === "number" && status >= 500 ? false : undefined;
  }
}
