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
import type { Publication } from "../publication.ts";
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
} from "./replies.ts";
import { type RequestAction, requestOf } from "./request-topic.ts";
import type { TwinDesk } from "./twin-desk.ts";

const MIN_BODY_BYTES = 1_048_576;
/** A decoder would put U+FFFD where bytes make no character, and store another value than was sent. */
const NO_TEXT = new MapperkitError("invalid_input", "the body must be JSON in UTF-8");
const NAMELESS =
  "the topic must name a device as {namespace}/{name}, or by its name alone in namespace default";

/** What mappers ask over MQTT (mqtt-topics §2.2), answered when it is durable. */
export class TwinRequests {
  readonly #registry: DeviceRegistry;
  readonly #desk: TwinDesk;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #maxBodyBytes: number;

  constructor(parts: {
    registry: DeviceRegistry;
    desk: TwinDesk;
    /** UTF-8 bytes of one value; a body may have room for some of them. */
    maxValueBytes: number;
    clock: Clock;
    log: Log;
  }) {
    this.#registry = parts.registry;
    this.#desk = parts.desk;
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
    if (bodyFault) return Promise.resolve([this.#refuse(target, `${action}/result`, bodyFault)]);
    if (request.kind === "nameless") {
      return Promise.resolve([this.#refuse(target, `${action}/result`, namelessFault(payload))]);
    }
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
    const event = { event_id: message.update.event_id, timestamp: this.#clock.now() };
    const device = this.#registry.find(target.id);
    if (!device) {
      const reason = "update rejected due to the device is not existed";
      return [reply(target, action, { ...event, code: 404, reason })];
    }
    try {
      const { effect, notices } = await this.#desk.update(device, message, event);
      return [reply(target, action, resultOf(event, effect)), ...notices];
    } catch (error) {
      return [this.#fail(target, action, event.event_id, error)];
    }
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
    const twin = await device.durably(() => twinOf(device));
    return [reply(target, action, { ...event, twin })];
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
    try {
      const record = await this.#desk.say(device, message.state, now);
      return [reply(target, action, { ...event, device: stateOf(record) })];
    } catch (error) {
      return [this.#fail(target, action, event.event_id, error)];
    }
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
    const state = await device.durably(() => stateOf(device.record));
    return [reply(target, action, { ...event, device: state })];
  }

  async #getMembership(
    payload: Uint8Array,
    fault: MapperkitError | undefined,
  ): Promise<readonly Publication[]> {
    const timestamp = this.#clock.now();
    try {
      if (fault) throw fault;
      const { event_id } = parseTwinGet(payload);
      const read = () => this.#registry.all().map(({ record }) => memberOf(record));
      const seen = read();
      const devices = await this.#registry.settled.then(() => seen, read);
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

function twinOf({ twin }: DeviceState): Record<string, MsgTwin> {
  const live: [string, MsgTwin][] = [];
  for (const [property, held] of twin) if (isLive(held)) live.push([property, toMessage(held)]);
  return Object.fromEntries(live);
}

/** With the event id of its sender, where the body can be read. */
function namelessFault(payload: Uint8Array): MapperkitError {
  try {
    const eventId = parseTwinGet(payload).event_id;
    return new MapperkitError("invalid_input", NAMELESS, { details: { eventId } });
  } catch {
    return new MapperkitError("invalid_input", NAMELESS);
  }
}
