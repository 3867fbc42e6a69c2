import type { DeviceId } from "@mapperkit/api";
import { DeviceState } from "./device-state.ts";
import type { DeviceRecord, StoreChange, TwinStore } from "./store/twin-store.ts";
import { UndoList } from "./undo-list.ts";
import type { TwinChange } from "./update/property-twin.ts";

/** Who gives each sample that leaves the edge its place in the order. */
export interface SampleOrder {
  nextSequence(): number;
  /** All samples up to this one are durable. */
  stored(sequence: number): void;
}

/** Who is told of changes when they are durable. Returns at once and never throws. */
export interface TwinWatchers {
  changed(device: DeviceState, changes: readonly TwinChange[]): void;
}

/** A device as the store had it when the edge started. */
export interface LoadedDevice {
  readonly device: DeviceState;
  /** Properties whose present value the cloud has not confirmed. */
  readonly unconfirmed: readonly string[];
  readonly isStateUnconfirmed: boolean;
}

/**
 * All devices of the node, in memory and in the store. A change is in memory at once, so that the
 * next request sees it, and is undone if the store refuses it.
 */
export class DeviceRegistry {
  readonly #store: TwinStore;
  readonly #order: SampleOrder;
  readonly #watchers: TwinWatchers;
  readonly #maxValueBytes: number;
  readonly #devices = new Map<DeviceId, DeviceState>();
  readonly #undo = new UndoList();
  #settled: Promise<void> = Promise.resolve();

  constructor(parts: {
    store: TwinStore;
    order: SampleOrder;
    watchers: TwinWatchers;
    maxValueBytes: number;
  }) {
    this.#store = parts.store;
    this.#watchers = parts.watchers;
    this.#order = parts.order;
    this.#maxValueBytes = parts.maxValueBytes;
  }

  async load(): Promise<readonly LoadedDevice[]> {
    const stored = await this.#store.load();
    return stored.map(({ record, twin, unconfirmed, isStateUnconfirmed }) => {
      const device = new DeviceState(record, twin, this.#maxValueBytes);
      this.#devices.set(record.id, device);
      return { device, unconfirmed, isStateUnconfirmed };
    });
  }

  find(id: DeviceId): DeviceState | undefined {
    return this.#devices.get(id);
  }

  get size(): number {
    return this.#devices.size;
  }

  all(): DeviceState[] {
    return [...this.#devices.values()];
  }

  /** Resolves when all that was decided so far, of any device, is durable. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Whoever needs to know when the device is durable awaits its `settled`. */
  add(record: DeviceRecord): DeviceState {
    const device = new DeviceState(record, new Map(), this.#maxValueBytes);
    this.#devices.set(record.id, device);
    void this.#commit(device, [{ kind: "device", record }], () => this.#devices.delete(record.id));
    return device;
  }

  /** Resolves when the device and its twin are gone from the store too. */
  remove(device: DeviceState): Promise<void> {
    this.#devices.delete(device.id);
    device.isGone = true;
    return this.#commit(device, [{ kind: "forget", device: device.id }], () => {
      this.#devices.set(device.id, device);
      device.isGone = false;
    });
  }

  /** Resolves when the record is durable. */
  setRecord(device: DeviceState, record: DeviceRecord): Promise<void> {
    const before = device.record;
    device.record = record;
    return this.#commit(device, [{ kind: "device", record }], () => {
      device.record = before;
    });
  }

  /** Samples of all other properties go. Resolves when that is durable. */
  keepHistories(device: DeviceState, of: readonly string[]): Promise<void> {
    return this.#commit(device, [{ kind: "histories", device: device.id, of }], () => {});
  }

  /** Resolves when the changes are durable; at once when there are none and nothing is on its way. */
  change(device: DeviceState, changes: readonly TwinChange[]): Promise<void> {
    if (changes.length === 0) return device.settled;
    for (const { property, after } of changes) device.twin.set(property, after);
    const batch = changes.map(({ property, after }): StoreChange => {
      return { kind: "twin", device: device.id, property, twin: after };
    });
    const { sampling } = device.rules;
    if (sampling) batch.push(...samplesOf(device, changes), ...this.#queue(device, changes));
    const last = batch.at(-1);
    const undo = () => {
      for (const { property, before } of changes) {
        if (before) device.twin.set(property, before);
        else device.twin.delete(property);
      }
      device.forgetDelta();
    };
    return this.#commit(device, batch, undo, () => {
      if (last?.kind === "outbox") this.#order.stored(last.sequence);
      this.#watchers.changed(device, changes);
    });
  }

  /** The cloud holds nothing of the device any more. Resolves when that is durable. */
  unconfirm(device: DeviceState): Promise<void> {
    return this.#commit(device, [{ kind: "unconfirmed", device: device.id }], () => {});
  }

  /** Samples that go to a sink beyond the cloud. */
  #queue(device: DeviceState, changes: readonly TwinChange[]): StoreChange[] {
    return changes.flatMap(({ property, before, after }): StoreChange[] => {
      const { hasSink, everySample } = device.rules.sampling?.get(property) ?? {};
      const { actual: sample } = after;
      if (!hasSink || !everySample || !sample || sample === before?.actual) return [];
      const sequence = this.#order.nextSequence();
      return [{ kind: "outbox", sequence, device: device.id, property, sample }];
    });
  }

  #commit(
    device: DeviceState,
    batch: readonly StoreChange[],
    undo: () => void,
    done?: () => void,
  ): Promise<void> {
    this.#undo.push(undo);
    device.decided += 1;
    const turn = device.decided;
    const committed = this.#store.commit(batch).then(
      () => {
        this.#undo.dropOldest();
        device.stored = turn;
        done?.();
      },
      (error: unknown) => {
        // A failed commit fails all that follow it, so memory goes back to the last durable state.
        this.#undo.undoAll();
        throw error;
      },
    );
    device.settled = committed;
    this.#settled = committed;
    // Whoever waits sees the failure; that nobody waits must not end the process. Who asks later finds
    // in memory what the store holds.
    committed.catch(() => {
      if (device.settled === committed) device.settled = Promise.resolve();
      if (this.#settled === committed) this.#settled = Promise.resolve();
    });
    return committed;
  }
}

function samplesOf(device: DeviceState, changes: readonly TwinChange[]): StoreChange[] {
  return changes.flatMap(({ property, before, after }) => {
    const keep = device.rules.sampling?.get(property)?.history ?? 0;
    const { actual: sample } = after;
    if (keep === 0 || !sample || sample === before?.actual) return [];
    const sequence = after.actualVersion?.edge ?? 0;
    return [{ kind: "sample", device: device.id, property, sequence, sample, keep }];
  });
}
