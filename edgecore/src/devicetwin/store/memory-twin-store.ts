import type { DeviceId } from "@mapperkit/api";
import type { PropertyTwin, SideValue } from "../update/property-twin.ts";
import type {
  DeviceRecord,
  OutboxEnds,
  OutboxSample,
  StoreChange,
  StoredDevice,
  TwinStore,
} from "./twin-store.ts";

interface HeldDevice {
  record: DeviceRecord;
  readonly twin: Map<string, PropertyTwin>;
  readonly unconfirmed: Set<string>;
  isStateUnconfirmed: boolean;
}

/** For tests and demonstrations: durable as long as the object lives. */
export class MemoryTwinStore implements TwinStore {
  readonly #devices = new Map<DeviceId, HeldDevice>();
  readonly #samples = new Map<string, { sequence: number; sample: SideValue }[]>();
  readonly #outbox = new Map<number, OutboxSample>();
  #lastSequence = 0;
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
    return [...this.#devices.values()].map((held) => ({
      record: held.record,
      twin: new Map(held.twin),
      unconfirmed: [...held.unconfirmed],
      isStateUnconfirmed: held.isStateUnconfirmed,
    }));
  }

  async outboxEnds(): Promise<OutboxEnds> {
    const [first] = this.#outbox.keys();
    return { done: (first ?? this.#lastSequence + 1) - 1, last: this.#lastSequence };
  }

  async outboxAfter(sequence: number, limit: number): Promise<readonly OutboxSample[]> {
    return [...this.#outbox.values()].filter((held) => held.sequence > sequence).slice(0, limit);
  }

  async commit(batch: readonly StoreChange[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#failure) throw this.#failure;
    this.commits++;
    for (const change of batch) this.#apply(change);
  }

  #apply(change: StoreChange): void {
    switch (change.kind) {
      case "device":
        this.#putDevice(change.record);
        break;
      case "twin": {
        const held = this.#devices.get(change.device);
        held?.twin.set(change.property, change.twin);
        held?.unconfirmed.add(change.property);
        break;
      }
      case "confirmed":
      case "unconfirmed":
        this.#mark(change);
        break;
      case "outbox": {
        const { sequence, device, property, sample } = change;
        this.#outbox.set(sequence, { sequence, device, property, sample });
        this.#lastSequence = sequence;
        break;
      }
      case "outbox done":
        this.#dropOutbox(({ sequence }) => sequence <= change.upTo);
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
        this.#dropOutbox(({ device }) => device === change.device);
        break;
    }
  }

  #putDevice(record: DeviceRecord): void {
    const held = this.#devices.get(record.id);
    if (held) {
      held.record = record;
      held.isStateUnconfirmed = true;
    } else {
      const unconfirmed = new Set<string>();
      const fresh = { record, twin: new Map(), unconfirmed, isStateUnconfirmed: true };
      this.#devices.set(record.id, fresh);
    }
  }

  #mark(change: Extract<StoreChange, { kind: "confirmed" | "unconfirmed" }>): void {
    const held = this.#devices.get(change.device);
    if (!held) return;
    if (change.kind === "confirmed") {
      for (const property of change.properties) held.unconfirmed.delete(property);
      if (change.state) held.isStateUnconfirmed = false;
    } else {
      for (const property of held.twin.keys()) held.unconfirmed.add(property);
      held.isStateUnconfirmed = true;
    }
  }

  #dropOutbox(isDropped: (sample: OutboxSample) => boolean): void {
    for (const [sequence, sample] of this.#outbox) {
      if (isDropped(sample)) this.#outbox.delete(sequence);
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
