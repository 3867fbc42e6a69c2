import type { DeviceId } from "@mapperkit/api";
import type { PropertyTwin, SideValue } from "../update/property-twin.ts";
import type { DeviceRecord, StoreChange, StoredDevice, TwinStore } from "./twin-store.ts";

/** For tests and demonstrations: durable as long as the object lives. */
export class MemoryTwinStore implements TwinStore {
  readonly #devices = new Map<
    DeviceId,
    { record: DeviceRecord; twin: Map<string, PropertyTwin> }
  >();
  readonly #samples = new Map<string, { sequence: number; sample: SideValue }[]>();
  #failure: Error | undefined;
  commits = 0;

  /** All commits reject with `error` until it is set back to undefined. */
  fail(error: Error | undefined): void {
    this.#failure = error;
  }

  /** The samples that are kept of a property, oldest first. */
  samplesOf(device: DeviceId, property: string): SideValue[] {
    return (this.#samples.get(keyOf(device, property)) ?? []).map(({ sample }) => sample);
  }

  async load(): Promise<readonly StoredDevice[]> {
    return [...this.#devices.values()].map(({ record, twin }) => ({
      record,
      twin: new Map(twin),
    }));
  }

  async commit(batch: readonly StoreChange[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#failure) throw this.#failure;
    this.commits++;
    for (const change of batch) this.#apply(change);
  }

  #apply(change: StoreChange): void {
    switch (change.kind) {
      case "device": {
        const twin = this.#devices.get(change.record.id)?.twin ?? new Map();
        this.#devices.set(change.record.id, { record: change.record, twin });
        break;
      }
      case "twin":
        this.#devices.get(change.device)?.twin.set(change.property, change.twin);
        break;
      case "sample": {
        const { sequence, sample, keep } = change;
        const key = keyOf(change.device, change.property);
        const samples = (this.#samples.get(key) ?? []).filter((s) => s.sequence !== sequence);
        samples.push({ sequence, sample });
        this.#samples.set(
          key,
          samples.filter((s) => s.sequence > sequence - keep),
        );
        break;
      }
      case "histories":
        this.#dropSamples(change.device, change.of);
        break;
      case "forget":
        this.#devices.delete(change.device);
        this.#dropSamples(change.device, []);
        break;
    }
  }

  #dropSamples(device: DeviceId, kept: readonly string[]): void {
    for (const key of this.#samples.keys()) {
      const [owner, property = ""] = key.split(" ");
      if (owner === device && !kept.includes(property)) this.#samples.delete(key);
    }
  }
}

/** Neither a device nor a property has a blank in its name. */
function keyOf(device: DeviceId, property: string): string {
  return `${device} ${property}`;
}
