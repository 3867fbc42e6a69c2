import { convert } from "./convert.ts";
import { deviceMapping } from "./device-mapping.ts";
import { deviceModelMapping } from "./device-model-mapping.ts";

/**
 * A Device in the version asked for (`devices.kubeedge.io/v1alpha2` or `/v1beta1`), without loss.
 * Pure and total: what is no Device of these versions comes back unchanged, so check its apiVersion.
 */
export function convertDevice(object: unknown, desiredApiVersion: string): unknown {
  return convert(object, desiredApiVersion, deviceMapping);
}

/** A DeviceModel in the version asked for; see convertDevice. */
export function convertDeviceModel(object: unknown, desiredApiVersion: string): unknown {
  return convert(object, desiredApiVersion, deviceModelMapping);
}
