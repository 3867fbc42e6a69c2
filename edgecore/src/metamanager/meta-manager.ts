import {
  type Device,
  type DeviceId,
  type DeviceModel,
  deviceIdOf,
  parseDevice,
  parseDeviceModel,
  resources,
} from "@mapperkit/api";
import type { Component, Log } from "@mapperkit/runtime";
import { type MembershipChange, parseMembershipChange } from "../devicetwin/membership-change.ts";
import type { MetaRow, MetaStore } from "./meta-store.ts";

/** Who lives by the objects: devicetwin. */
export interface DeviceWorld {
  has(id: DeviceId): boolean;
  /** Resolves when all that follows from the object is durable. */
  put(object: Device | DeviceModel): Promise<void>;
  remove(kind: "Device" | "DeviceModel", id: DeviceId): Promise<void>;
  /** Tells at once who belongs to the node no more; `stored` resolves when all is durable. */
  applyMembership(change: MembershipChange): {
    readonly gone: readonly DeviceId[];
    readonly stored: Promise<void>;
  };
}

export interface ObjectChange {
  readonly kind: "device" | "devicemodel";
  readonly id: DeviceId;
  /** Absent when the object was deleted. */
  readonly content?: unknown;
}

/** Keeps what the cloud sent, so that an edge that starts without a cloud knows its devices. */
export class MetaManager implements Component {
  readonly name = "metamanager";
  readonly #store: MetaStore;
  readonly #devices: DeviceWorld;
  readonly #log: Log;
  /** Counts the changes of a key while one is on its way. */
  readonly #turns = new Map<string, number>();

  constructor(parts: { store: MetaStore; devices: DeviceWorld; log: Log }) {
    this.#store = parts.store;
    this.#devices = parts.devices;
    this.#log = parts.log;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const rows = await this.#store.load();
    // Models first: without them no desired value can be judged.
    const models = rows.filter(({ type }) => type === "devicemodel");
    const devices = rows.filter(({ type }) => type === "device");
    await Promise.all(models.map((row) => this.#restore(row)));
    await Promise.all(devices.map((row) => this.#restore(row)));
  }

  async stop(): Promise<void> {}

  /**
   * Resolves when the change is durable, so that the cloud may forget it.
   * @throws MapperkitError `invalid_input` if the content is no object of its kind
   */
  async applyObject(change: ObjectChange): Promise<void> {
    const key = keyOf(change.kind, change.id);
    const turn = (this.#turns.get(key) ?? 0) + 1;
    this.#turns.set(key, turn);
    try {
      await this.#apply(key, change);
    } catch (error) {
      if (change.kind === "devicemodel") await this.#takeBackModel(key, change.id, turn);
      throw error;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  /** @throws MapperkitError `invalid_input` */
  async applyMembership(content: unknown): Promise<void> {
    const { gone, stored } = this.#devices.applyMembership(parseMembershipChange(content));
    // In the same turn: a device that is made anew right after must not lose its row.
    const dropped = gone.map((id) => ({ key: keyOf("device", id) }));
    await Promise.all([dropped.length > 0 ? this.#store.commit(dropped) : undefined, stored]);
  }

  async #apply(key: string, { kind, id, content }: ObjectChange): Promise<void> {
    if (content === undefined) {
      const removed = this.#devices.remove(kind === "device" ? "Device" : "DeviceModel", id);
      await Promise.all([this.#store.commit([{ key }]), removed]);
      return;
    }
    const object = parseObject(kind, content);
    const stored = this.#store.commit([{ key, type: kind, value: JSON.stringify(content) }]);
    await Promise.all([stored, this.#devices.put(object)]);
  }

  /**
   * After a failed commit the cloud takes it that the edge has the model that is on the disk, and
   * may never send it again. Whatever came after `turn` decides for itself.
   */
  async #takeBackModel(key: string, id: DeviceId, turn: number): Promise<void> {
    const row = (await this.#store.load()).find((stored) => stored.key === key);
    if (this.#turns.get(key) !== turn) return;
    if (row) await this.#restore(row);
    else await this.#devices.remove("DeviceModel", id);
  }

  async #restore({ key, type, value }: MetaRow): Promise<void> {
    try {
      const object = parseObject(type, JSON.parse(value));
      // A crash between the two removals of a device leaves its row here.
      if (type === "device" && !this.#devices.has(deviceIdOf(object.metadata))) {
        await this.#store.commit([{ key }]);
        return;
      }
      await this.#devices.put(object);
    } catch (error) {
      this.#log.error("stored object not usable, the cloud will send it again", {
        key,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

function keyOf(kind: ObjectChange["kind"], id: DeviceId): string {
  return kind === "device" ? resources.device(id) : resources.deviceModel(id);
}

function parseObject(kind: ObjectChange["kind"], content: unknown): Device | DeviceModel {
  return kind === "device" ? parseDevice(content) : parseDeviceModel(content);
}
