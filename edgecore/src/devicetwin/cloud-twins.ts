import { randomUUID } from "node:crypto";
import { type DeviceId, type MsgTwin, parseTwinUpdate } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { applyAttributes, type MsgAttribute } from "./attributes/device-attributes.ts";
import type { DeviceRegistry } from "./device-registry.ts";
import type { DeviceState } from "./device-state.ts";
import type { TwinAudience, TwinPublisher } from "./publication.ts";
import type { CloudReports } from "./report/cloud-reports.ts";
import { noticesOf } from "./twin-notices.ts";
import { applyCloudUpdate } from "./update/cloud-update.ts";
import type { PropertyTwin } from "./update/property-twin.ts";

/** Twins that come with versions from clouds of the v1alpha2 era, beside or instead of Device objects. */
export class CloudTwins {
  readonly #registry: DeviceRegistry;
  readonly #reports: CloudReports;
  readonly #publisher: TwinPublisher;
  readonly #audience: TwinAudience;
  readonly #clock: Clock;

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

  /**
   * Content of `device/{id}/twin/cloud_updated`. Resolves when durable and published.
   * @throws MapperkitError `invalid_input`
   */
  async update(id: DeviceId, content: unknown): Promise<void> {
    const { twin } = parseTwinUpdate(content);
    const device = this.#registry.find(id);
    if (device) await this.apply(device, twin);
  }

  /** Attributes of a membership message. Resolves when durable and published. */
  async applyAttributes(
    device: DeviceState,
    sent: Readonly<Record<string, MsgAttribute>>,
  ): Promise<void> {
    const { maxValueBytes } = device.rules;
    const { attributes, updated } = applyAttributes(
      device.record.attributes ?? {},
      sent,
      maxValueBytes,
    );
    if (Object.keys(updated).length === 0) return device.settled;
    await this.#registry.setRecord(device, { ...device.record, attributes });
    const body = { event_id: randomUUID(), timestamp: this.#clock.now(), attributes: updated };
    this.#publisher.publish([{ kind: "notice", device: device.id, action: "updated", body }]);
  }

  async apply(device: DeviceState, twin: Readonly<Record<string, MsgTwin | null>>): Promise<void> {
    const now = this.#clock.now();
    const effect = applyCloudUpdate(device.twin, twin, { rules: device.rules, now });
    const { changes } = effect;
    const committed = this.#registry.change(device, changes);
    const event = { event_id: randomUUID(), timestamp: now };
    const notices = noticesOf(device, changes, event, this.#audience);
    await committed;
    this.#reports.noteTwin(device, held(device, effect.conflicts));
    this.#publisher.publish(notices);
  }
}

function held(device: DeviceState, properties: readonly string[]): [string, PropertyTwin][] {
  return properties.flatMap((property) => {
    const twin = device.twin.get(property);
    return twin ? [[property, twin]] : [];
  });
}
