import { randomUUID } from "node:crypto";
import {
  type DeviceAction,
  type DeviceId,
  MapperkitError,
  type MsgTwin,
  type PartialTwinUpdate,
  parseDeviceTopic,
  parseMembershipTopic,
  parsePartialTwinUpdate,
  parseStateUpdate,
  parseTwinGet,
  type TopicForm,
  type TwinResult,
} from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { DeviceRegistry } from "./device-registry.ts";
import type { DeviceState } from "./device-state.ts";
import type { Publication } from "./publication.ts";
import type { CloudReports } from "./report/cloud-reports.ts";
import type { DeviceRecord } from "./store/twin-store.ts";
import { noticesOf } from "./twin-notices.ts";
import { applyEdgeUpdate, type UpdateEffect } from "./update/edge-update.ts";
import { isLive, toMessage } from "./update/property-twin.ts";

interface Target {
  readonly id: DeviceId;
  readonly form: TopicForm;
}

/** What mappers ask over MQTT (mqtt-topics §2.2), answered when it is durable. */
export class TwinRequests {
  readonly #registry: DeviceRegistry;
  readonly #reports: CloudReports;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(parts: {
    registry: DeviceRegistry;
    reports: CloudReports;
    clock: Clock;
    log: Log;
  }) {
    this.#registry = parts.registry;
    this.#reports = parts.reports;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Never rejects. `undefined` means that the topic is nobody's request to devicetwin. */
  handle(topic: string, payload: Uint8Array): Promise<readonly Publication[]> | undefined {
    const target = parseDeviceTopic(topic);
    switch (target?.action) {
      case "twin/update":
        return this.#updateTwin(target, payload);
      case "twin/get":
        return this.#getTwin(target, payload);
      case "state/update":
        return this.#updateState(target, payload);
      case "state/get":
        return this.#getState(target, payload);
    }
    return parseMembershipTopic(topic) ? this.#getMembership(payload) : undefined;
  }

  async #updateTwin(target: Target, payload: Uint8Array): Promise<readonly Publication[]> {
    const action = "twin/update/result";
    let message: PartialTwinUpdate;
    try {
      message = parsePartialTwinUpdate(payload);
    } catch (error) {
      return [this.#refuse(target, action, error)];
    }
    const now = this.#clock.now();
    const event = { event_id: message.update.event_id, timestamp: now };
    const device = this.#registry.find(target.id);
    if (!device) {
      const reason = "update rejected due to the device is not existed";
      return [reply(target, action, { ...event, code: 404, reason })];
    }
    const effect = applyEdgeUpdate(device.twin, message, { rules: device.rules, now });
    const committed = this.#registry.change(device, effect.changes);
    const notices = noticesOf(device, effect, event);
    try {
      await committed;
    } catch (error) {
      return [this.#fail(target, action, event.event_id, error)];
    }
    this.#reports.noteTwin(
      device,
      effect.changes.map(({ property, after }) => [property, after]),
    );
    return [reply(target, action, resultOf(event, effect)), ...notices];
  }

  async #getTwin(target: Target, payload: Uint8Array): Promise<readonly Publication[]> {
    const action = "twin/get/result";
    let event: { event_id: string; timestamp: number };
    try {
      event = { event_id: parseTwinGet(payload).event_id, timestamp: this.#clock.now() };
    } catch (error) {
      return [this.#refuse(target, action, error)];
    }
    const device = this.#registry.find(target.id);
    if (!device) {
      const reason = `Device ${target.id} not found while getting twin`;
      return [reply(target, action, { ...event, code: 404, reason })];
    }
    await device.settled.catch(() => {});
    const twin: [string, MsgTwin][] = [];
    for (const [property, held] of device.twin) {
      if (isLive(held)) twin.push([property, toMessage(held)]);
    }
    return [reply(target, action, { ...event, twin: Object.fromEntries(twin) })];
  }

  async #updateState(target: Target, payload: Uint8Array): Promise<readonly Publication[]> {
    const action = "state/update/result";
    let message: { event_id: string; state: string };
    try {
      message = parseStateUpdate(payload);
    } catch (error) {
      return [this.#refuse(target, action, error)];
    }
    const now = this.#clock.now();
    const event = { event_id: message.event_id || randomUUID(), timestamp: now };
    const device = this.#registry.find(target.id);
    if (!device) return [reply(target, action, { ...event, ...unknownDevice(target.id) })];
    const isNews = device.record.state !== message.state;
    const record = withState(device.record, message.state, now);
    try {
      await this.#keepRecord(device, record, isNews);
    } catch (error) {
      return [this.#fail(target, action, event.event_id, error)];
    }
    if (isNews) this.#reports.noteState(device);
    return [reply(target, action, { ...event, device: stateOf(record) })];
  }

  /** A state said again moves only the time, which is kept in memory until something changes. */
  #keepRecord(device: DeviceState, record: DeviceRecord, isNews: boolean): Promise<void> {
    if (isNews) return this.#registry.setRecord(device, record);
    device.record = record;
    return device.settled;
  }

  async #getState(target: Target, payload: Uint8Array): Promise<readonly Publication[]> {
    const action = "state/get/result";
    let event: { event_id: string; timestamp: number };
    try {
      event = { event_id: parseTwinGet(payload).event_id, timestamp: this.#clock.now() };
    } catch (error) {
      return [this.#refuse(target, action, error)];
    }
    const device = this.#registry.find(target.id);
    if (!device) return [reply(target, action, { ...event, ...unknownDevice(target.id) })];
    await device.settled.catch(() => {});
    return [reply(target, action, { ...event, device: stateOf(device.record) })];
  }

  async #getMembership(payload: Uint8Array): Promise<readonly Publication[]> {
    const timestamp = this.#clock.now();
    try {
      const { event_id } = parseTwinGet(payload);
      await this.#registry.settled.catch(() => {});
      const devices = this.#registry.all().map(({ record }) => memberOf(record));
      return [membership({ event_id, timestamp, devices })];
    } catch (error) {
      return [membership(refusalBody(error, timestamp))];
    }
  }

  #refuse(target: Target, action: DeviceAction, error: unknown): Publication {
    const body = refusalBody(error, this.#clock.now());
    this.#log.debug("request refused", { device: target.id, action, reason: body.reason });
    return reply(target, action, body);
  }

  #fail(target: Target, action: DeviceAction, eventId: string, error: unknown): Publication {
    const reason = error instanceof Error ? error.message : String(error);
    this.#log.error("update not stored", { device: target.id, error: reason });
    const timestamp = this.#clock.now();
    return reply(target, action, { event_id: eventId, timestamp, code: 500, reason });
  }
}

function reply(target: Target, action: DeviceAction, body: object): Publication {
  return { kind: "reply", device: target.id, form: target.form, action, body };
}

function membership(body: object): Publication {
  return { kind: "membership", action: "get/result", body };
}

function refusalBody(error: unknown, timestamp: number): TwinResult {
  const isOurs = error instanceof MapperkitError;
  const eventId = isOurs ? error.details.eventId : undefined;
  const reason = error instanceof Error ? error.message : String(error);
  return {
    event_id: typeof eventId === "string" ? eventId : "",
    timestamp,
    code: isOurs ? 400 : 500,
    reason,
  };
}

function resultOf(
  event: { event_id: string; timestamp: number },
  { result, errors }: UpdateEffect,
): TwinResult {
  const first = Object.values(errors)[0];
  if (!first) return { ...event, twin: result };
  const hasApplied = Object.keys(result).length > 0;
  return {
    ...event,
    ...(hasApplied && { twin: result }),
    code: first.code,
    reason: first.reason,
    errors,
  };
}

function unknownDevice(id: DeviceId): { code: number; reason: string } {
  return { code: 404, reason: `Device ${id} is not known at this node` };
}

/** KubeEdge blanks the time when a device goes offline; the last one is worth more. */
function withState(record: DeviceRecord, state: string, now: number): DeviceRecord {
  const isOnline = /^(online|ok)$/i.test(state);
  return { ...record, state, lastOnline: isOnline ? rfc3339(now) : record.lastOnline };
}

function stateOf({ name, state, lastOnline }: DeviceRecord): object {
  return { name, state, lastOnlineTime: lastOnline };
}

function memberOf({ id, name, description, state, lastOnline }: DeviceRecord): object {
  return {
    id,
    name,
    ...(description && { description }),
    ...(state && { state }),
    ...(lastOnline && { last_online: lastOnline }),
  };
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
