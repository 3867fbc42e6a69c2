import type { DeviceId } from "@mapperkit/api";
import type { PropertyTwin } from "../update/property-twin.ts";
import type { DeviceRecord, StoreChange, StoredDevice, TwinStore } from "./twin-store.ts";

/** For tests and demonstrations: durable as long as the object lives. */
export class MemoryTwinStore implements TwinStore {
  readonly #devices = new Map<
    DeviceId,
    { record: DeviceRecord; twin: Map<string, PropertyTwin> }
  >();
  #failure: Error | undefined;
  commits = 0;

  /** All commits reject with `error` until it is set back to undefined. */
  fail(error: Error | undefined): void {
    this.#failure = error;
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
      case "forget":
        this.#devices.delete(change.device);
        break;
    }
  }
}
