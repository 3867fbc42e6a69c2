import { type Device, type DeviceModel, parseDevice, parseDeviceModel } from "@mapperkit/api";
import { DEVICE_MODELS, DEVICES } from "../client/kube-resource.ts";
import type { Reflector } from "../reflector/reflector.ts";
import { type ReflectorParts, reflectorOf } from "../reflector/reflector-of.ts";

/** Who wants to know the devices and models of the cluster; told in order, and again after a change. */
export interface DeviceWatcher {
  deviceSeen(device: Device): void;
  deviceGone(device: Device): void;
  modelSeen(model: DeviceModel): void;
  modelGone(model: DeviceModel): void;
}

/** Two watches on v1beta1; neither waits for the other, and their order does not matter. */
export function deviceReflectors(
  parts: ReflectorParts,
  watcher: DeviceWatcher,
): readonly Reflector[] {
  return [
    reflectorOf(parts, DEVICE_MODELS, {
      parse: parseDeviceModel,
      seen: (model) => watcher.modelSeen(model),
      gone: (model) => watcher.modelGone(model),
    }),
    reflectorOf(parts, DEVICES, {
      parse: parseDevice,
      seen: (device) => watcher.deviceSeen(device),
      gone: (device) => watcher.deviceGone(device),
    }),
  ];
}
