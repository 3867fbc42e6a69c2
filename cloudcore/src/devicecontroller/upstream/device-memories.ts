import { type Device, type DeviceId, deviceIdOf } from "@mapperkit/api";
import { type AwaitedReport, DeviceMemory } from "./device-memory.ts";

/** One memory per device; a device that is created anew under its name begins with a new one. */
export class DeviceMemories {
  /** Reports that waited for Kubernetes in vain, one device's oldest first; their edges ask again. */
  droppedConfirmations = 0;
  readonly #memories = new Map<DeviceId, DeviceMemory>();

  of(device: Device): DeviceMemory {
    const id = deviceIdOf(device.metadata);
    const known = this.#memories.get(id);
    if (known?.uid === device.metadata.uid && known) return known;
    const fresh = new DeviceMemory(device, (reports) => {
      this.droppedConfirmations += reports;
    });
    if (known) fresh.returnAwaited(known.takeAwaited());
    this.#memories.set(id, fresh);
    return fresh;
  }

  /** Drops the memory of a device that is gone; its reports are of no use to anybody any more. */
  forget(id: DeviceId): readonly AwaitedReport[] {
    const awaited = this.#memories.get(id)?.takeAwaited() ?? [];
    this.#memories.delete(id);
    return awaited;
  }
}
