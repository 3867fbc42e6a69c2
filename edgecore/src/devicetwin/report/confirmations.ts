import type { DeviceId } from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { DeviceState } from "../device-state.ts";
import type { StoreChange, TwinStore } from "../store/twin-store.ts";
import type { PropertyTwin } from "../update/property-twin.ts";

/** A confirmation that is lost costs one more report, so it may wait for company. */
const FLUSH_MS = 1_000;

interface Confirmed {
  readonly device: DeviceState;
  readonly values: Map<string, PropertyTwin>;
  /** The state word that the cloud holds. */
  state?: string;
}

/**
 * Writes down what the cloud has confirmed, a second's worth in one commit, so that a restart sends
 * only the rest. What has changed since stays unconfirmed.
 */
export class Confirmations {
  readonly #store: Pick<TwinStore, "commit">;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #confirmed = new Map<DeviceId, Confirmed>();
  #stopFlushing: () => void = () => {};

  constructor({ store, clock, log }: { store: Pick<TwinStore, "commit">; clock: Clock; log: Log }) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#stopFlushing = this.#clock.every(FLUSH_MS, () => void this.#flush());
  }

  /** Resolves when all that was confirmed so far is written down. */
  async stop(): Promise<void> {
    this.#stopFlushing();
    await this.#flush();
  }

  noteValue(device: DeviceState, property: string, value: PropertyTwin): void {
    this.#of(device).values.set(property, value);
  }

  noteState(device: DeviceState, state: string): void {
    this.#of(device).state = state;
  }

  forget(id: DeviceId): void {
    this.#confirmed.delete(id);
  }

  #of(device: DeviceState): Confirmed {
    const known = this.#confirmed.get(device.id);
    if (known?.device === device) return known;
    const fresh: Confirmed = { device, values: new Map() };
    this.#confirmed.set(device.id, fresh);
    return fresh;
  }

  async #flush(): Promise<void> {
    const batch = [...this.#confirmed.values()].flatMap(changesOf);
    this.#confirmed.clear();
    if (batch.length === 0) return;
    try {
      await this.#store.commit(batch);
    } catch (error) {
      this.#log.warn("confirmations not stored, their values are sent again after a restart", {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/** A value that changed after its report was sent has a write of its own on its way. */
function changesOf({ device, values, state }: Confirmed): StoreChange[] {
  const properties: string[] = [];
  for (const [property, value] of values) {
    if (device.twin.get(property) === value) properties.push(property);
  }
  const isStateConfirmed = state !== undefined && device.record.state === state;
  if (properties.length === 0 && !isStateConfirmed) return [];
  return [{ kind: "confirmed", device: device.id, properties, state: isStateConfirmed }];
}
