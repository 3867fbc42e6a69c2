import { hash, randomUUID } from "node:crypto";
import {
  type Device,
  type DeviceId,
  type DeviceModel,
  deviceIdOf,
  type ModelProperty,
} from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { announcementOf } from "./device-announcement.ts";
import type { DeviceRegistry } from "./device-registry.ts";
import type { DeviceState } from "./device-state.ts";
import type { Publication, TwinAudience, TwinPublisher } from "./publication.ts";
import type { CloudReports } from "./report/cloud-reports.ts";
import { silentProperties } from "./report/device-report.ts";
import type { DeviceRecord } from "./store/twin-store.ts";
import { noticesOf } from "./twin-notices.ts";
import { applyDesired, type DesiredValue } from "./update/desired-update.ts";
import { propertiesOf } from "./update/property-rules.ts";

/** Shared by all devices of the model: a node may have thousands of them. */
interface KnownModel {
  readonly model: DeviceModel;
  readonly properties: ReadonlyMap<string, ModelProperty>;
}

/** Device and DeviceModel objects as they stand: desired values, announcements, who belongs here. */
export class DeviceObjects {
  readonly #registry: DeviceRegistry;
  readonly #reports: CloudReports;
  readonly #publisher: TwinPublisher;
  readonly #audience: TwinAudience;
  readonly #clock: Clock;
  readonly #models = new Map<DeviceId, KnownModel>();

  constructor(parts: {
    registry: DeviceRegistry;
    reports: CloudReports;
    publisher: TwinPublisher;
    audience: TwinAudience;
    clock: Clock;
  }) {
    this.#registry = parts.registry;
    this.#reports = parts.reports;
    this.#publisher = parts.publisher;
    this.#audience = parts.audience;
    this.#clock = parts.clock;
  }

  /** Resolves when all that follows for the model's devices is durable and published. */
  async putModel(model: DeviceModel): Promise<void> {
    const id = deviceIdOf(model.metadata);
    this.#models.set(id, { model, properties: propertiesOf(model) });
    await this.#refreshAll(id);
  }

  async removeModel(id: DeviceId): Promise<void> {
    if (this.#models.delete(id)) await this.#refreshAll(id);
  }

  /** Resolves when the desired values are durable and published. */
  async putDevice(object: Device): Promise<void> {
    const id = deviceIdOf(object.metadata);
    const known = this.#registry.find(id);
    const description = object.metadata.labels?.description ?? known?.record.description ?? "";
    const device = known ?? this.addMember({ id, name: object.metadata.name, description });
    const { object: before } = device;
    const isRecreated = before !== undefined && before.metadata.uid !== object.metadata.uid;
    const wereSilent = silentProperties(device);
    device.object = object;
    // The status of a new object is empty: the cloud must hear all that is known of the device.
    if (isRecreated) void this.#registry.unconfirm(device);
    try {
      await this.#refresh(device, isRecreated);
    } catch (error) {
      // It comes again, and must then be as new as it was.
      if (device.object === object) device.object = before;
      throw error;
    }
    if (isRecreated) this.#reportAll(device);
    else this.#reportUnsilenced(device, wereSilent);
  }

  async removeDevice(id: DeviceId): Promise<void> {
    const device = this.#registry.find(id);
    if (!device) return;
    this.#reports.forget(id);
    const publications: Publication[] = [memberNotice(this.#clock.now(), "removed", device.record)];
    if (device.announced) publications.push({ kind: "announcement", device: id, body: undefined });
    try {
      await this.#registry.remove(device);
    } catch (error) {
      // It is still here, and what it had to say with it.
      if (this.#registry.find(id) === device) this.#reportAll(device);
      throw error;
    }
    this.#publisher.publish(publications);
  }

  addMember(member: Pick<DeviceRecord, "id" | "name" | "description">): DeviceState {
    const device = this.#registry.add({ ...member, state: "", lastOnline: "" });
    const publication = memberNotice(this.#clock.now(), "added", device.record);
    // A commit that fails is the concern of whoever waits for the device to be stored.
    device.settled.then(
      () => this.#publisher.publish([publication]),
      () => {},
    );
    return device;
  }

  #reportAll(device: DeviceState): void {
    if (device.twin.size > 0) this.#reports.noteTwin(device, device.twin);
    if (device.record.state) this.#reports.noteState(device);
  }

  /** Values that were held back and are held back no more. */
  #reportUnsilenced(device: DeviceState, wereSilent: ReadonlySet<string>): void {
    if (wereSilent.size === 0) return;
    const areSilent = silentProperties(device);
    const due = [...device.twin].filter(([name]) => wereSilent.has(name) && !areSilent.has(name));
    if (due.length > 0) this.#reports.noteTwin(device, due);
  }

  async #refreshAll(model: DeviceId): Promise<void> {
    const devices = this.#registry
      .all()
      .filter(({ object }) => object && modelOf(object) === model);
    await Promise.all(devices.map((device) => this.#refresh(device, false)));
  }

  async #refresh(device: DeviceState, isRecreated: boolean): Promise<void> {
    const { object } = device;
    if (!object) return;
    const modelId = modelOf(object);
    const histories = device.histories.join();
    device.setModel(modelId && this.#models.get(modelId));
    const isNarrowed = histories !== "" && device.histories.join() !== histories;
    if (isNarrowed) void this.#registry.keepHistories(device, device.histories);
    const now = this.#clock.now();
    const generation = object.metadata.generation ?? 0;
    const context = { rules: device.rules, now };
    // Without its model nobody can tell what a device may be asked (additions.md).
    const changes = device.model
      ? applyDesired(device.twin, desiredOf(object), { generation, isRecreated }, context)
      : [];
    const committed = this.#registry.change(device, changes);
    const event = { event_id: randomUUID(), timestamp: now };
    const { announced } = device;
    const publications = noticesOf(device, changes, event, this.#audience);
    publications.push(...this.#announce(device, object));
    try {
      await committed;
    } catch (error) {
      // What was announced before still stands: a removal has to take it back.
      device.announced = announced;
      throw error;
    }
    if (changes.length > 0) {
      this.#reports.noteTwin(
        device,
        changes.map(({ property, after }) => [property, after]),
      );
    }
    this.#publisher.publish(publications);
  }

  #announce(device: DeviceState, object: Device): Publication[] {
    const body = announcementOf(object, device.model);
    const digest = hash("sha1", JSON.stringify(body), "base64");
    if (digest === device.announced) return [];
    device.announced = digest;
    return [{ kind: "announcement", device: device.id, body }];
  }
}

function memberNotice(
  timestamp: number,
  what: "added" | "removed",
  record: DeviceRecord,
): Publication {
  const devices = [{ id: record.id, name: record.name }];
  return {
    kind: "membership",
    action: "updated",
    body: {
      event_id: randomUUID(),
      timestamp,
      added_devices: what === "added" ? devices : null,
      removed_devices: what === "removed" ? devices : null,
    },
  };
}

function modelOf({ metadata, spec }: Device): DeviceId | undefined {
  const name = spec?.deviceModelRef?.name;
  return name
    ? deviceIdOf(metadata.namespace ? { namespace: metadata.namespace, name } : { name })
    : undefined;
}

/** The T of a desired value travels in its phase (device-api.md 14). */
function desiredOf({ spec, status }: Device): Map<string, DesiredValue> {
  const versions = new Map(status?.twins?.map((t) => [t.propertyName, t.phase?.version]));
  const wanted = new Map<string, DesiredValue>();
  for (const { name, desired } of spec?.properties ?? []) {
    if (!desired || wanted.has(name)) continue;
    const version = versions.get(name);
    wanted.set(name, { value: desired.value, ...(version !== undefined && { version }) });
  }
  return wanted;
}
