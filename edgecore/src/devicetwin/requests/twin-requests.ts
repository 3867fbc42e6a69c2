import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import {
  type DeviceAction,
  MapperkitError,
  type MsgTwin,
  type PartialTwinUpdate,
  parsePartialTwinUpdate,
  parseStateUpdate,
  parseTwinGet,
} from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { DeviceRegistry } from "../device-registry.ts";
import type { DeviceState } from "../device-state.ts";
import type { SilenceWatch } from "../liveness/silence-watch.ts";
import type { Publication } from "../publication.ts";
import type { CloudReports } from "../report/cloud-reports.ts";
import type { DeviceRecord } from "../store/twin-store.ts";
import { deltaNotice, noticesOf } from "../twin-notices.ts";
import { applyEdgeUpdate } from "../update/edge-update.ts";
import { isLive, toMessage } from "../update/property-twin.ts";
import {
  type Event,
  memberOf,
  membership,
  refusalBody,
  reply,
  resultOf,
  stateOf,
  type Target,
  unknownDevice,
  withState,
} from "./replies.ts";
import { type RequestAction, requestOf } from "./request-topic.ts";

const MIN_BODY_BYTES = 1_048_576;
/** A decoder would put U+FFFD where bytes make no character, and store another value than was sent. */
const NO_TEXT = new MapperkitError("invalid_input", "the body must be JSON in UTF-8");
const NAMELESS = new MapperkitError(
  "invalid_input",
  "the topic must name a device as {namespace}/{name}, or by its name alone in namespace default",
);

/** What mappers ask over MQTT (mqtt-topics §2.2), answered when it is durable. */
export class TwinRequests {
  readonly #registry: DeviceRegistry;
  readonly #reports: CloudReports;
  readonly #silence: SilenceWatch;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #maxBodyBytes: number;

  constructor(parts: {
    registry: DeviceRegistry;
    reports: CloudReports;
    silence: SilenceWatch;
    /** UTF-8 bytes of one value; a body may have room for some of them. */
    maxValueBytes: number;
    clock: Clock;
    log: Log;
  }) {
    this.#registry = parts.registry;
    this.#reports = parts.reports;
    this.#silence = parts.silence;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#maxBodyBytes = Math.max(MIN_BODY_BYTES, 16 * parts.maxValueBytes);
  }

  /** Never rejects. `undefined` means that the topic is nobody's request to devicetwin. */
  handle(topic: string, payload: Uint8Array): Promise<readonly Publication[]> | undefined {
    const request = requestOf(topic);
    if (!request) return undefined;
    const bodyFault = this.#bodyFault(payload);
    if (request.kind === "membership") return this.#getMembership(payload, bodyFault);
    const { target, action } = request;
    const fault = request.kind === "nameless" ? NAMELESS : bodyFault;
    if (fault) return Promise.resolve([this.#refuse(target, `${action}/result`, fault)]);
    return this.#answer(target, action, payload).catch((error: unknown) => {
      this.#log.error("request not handled", { device: target.id, action, error: String(error) });
      return [this.#refuse(target, `${action}/result`, error)];
    });
  }

  #answer(
    target: Target,
    action: RequestAction,
    payload: Uint8Array,
  ): Promise<readonly Publication[]> {
    switch (action) {
      case "twin/update":
        return this.#updateTwin(target, payload);
      case "twin/get":
        return this.#getTwin(target, payload);
      case "state/update":
        return this.#updateState(target, payload);
      case "state/get":
        return this.#getState(target, payload);
    }
  }

  /** A body is parsed in the loop that serves all devices, so it may not be of any size. */
  #bodyFault(payload: Uint8Array): MapperkitError | undefined {
    const { length } = payload;
    if (length <= this.#maxBodyBytes) return isUtf8(payload) ? undefined : NO_TEXT;
    const message = `the body has ${length} bytes, must have ${this.#maxBodyBytes} at most`;
    return new MapperkitError("invalid_input", message, { details: { status: 413 } });
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
    if (tellsValue(message)) this.#silence.heardValue(device);
    const effect = applyEdgeUpdate(device.twin, message, { rules: device.rules, now });
    const committed = this.#registry.change(device, effect.changes);
    const isQuestion = effect.changes.length === 0 && asksNothing(message);
    const notices = isQuestion ? deltaNotice(device, now) : noticesOf(device, effect, event);
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
    let event: Event;
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
    this.#silence.heardState(device);
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
    let event: Event;
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

  async #getMembership(
    payload: Uint8Array,
    fault: MapperkitError | undefined,
  ): Promise<readonly Publication[]> {
    const timestamp = this.#clock.now();
    try {
      if (fault) throw fault;
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
    const body = { event_id: eventId, timestamp, code: 500, reason };
    return { kind: "reply", device: target.id, form: target.form, action, body, isLost: true };
  }
}

/** An update that carries nothing asks what is left to do (KubeEdge answers it with the delta). */
function asksNothing({ update, refused }: PartialTwinUpdate): boolean {
  for (const _ in refused) return false;
  return Object.values(update.twin).every(
    (twin) => twin !== null && !twin.expected && !twin.actual && !twin.outcome,
  );
}

/** Whether the mapper speaks of the device; an edit of expected may come from anybody. */
function tellsValue({ update: { twin } }: PartialTwinUpdate): boolean {
  for (const property in twin) if (twin[property]?.actual) return true;
  return false;
}
