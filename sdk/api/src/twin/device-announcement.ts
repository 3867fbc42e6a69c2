import type { Device } from "../device/device.ts";
import type { DeviceModel } from "../device/device-model.ts";

/**
 * Body of the retained topic `$hw/events/node/{node}/devices/{namespace}/{name}` (ours): all that a
 * mapper needs to know of a device. The model's protocolConfigData and visitors are already merged
 * into the device. An empty payload means that the device is gone.
 */
export interface DeviceAnnouncement {
  version: 1;
  generation: number;
  device: Device;
  /** Absent while the model is unknown at the edge. */
  model?: DeviceModel;
}
