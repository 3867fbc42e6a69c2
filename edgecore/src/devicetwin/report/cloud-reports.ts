import { randomUUID } from "node:crypto";
import {
  type DeviceId,
  type Envelope,
  makeEnvelope,
  resources,
  splitDeviceId,
} from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import type { DeviceState } from "../device-state.ts";
import type { PropertyTwin } from "../update/property-twin.ts";
import { type ConfirmedValues, DeviceReport, STATE } from "./device-report.ts";

/** The way to the cloud, while there is one. */
export interface CloudLink {
  /** False when the link is full or gone; `resume` tells when to go on. */
  send(envelope: Envelope): boolean;
  /** Whether the cloud has a sink for samples; from others they would be lost. */
  readonly takesSamples?: boolean;
}

/** Unconfirmed messages at once; what comes meanwhile is merged into the next message of its device. */
const WINDOW = 512;
/** A cloud that knows a property no more never confirms it (cloudhub-wire §3.11). */
const RESEND_MS = 60_000;

/**
 * What the cloud does not know yet: state, not events. A value leaves when it is durable, stays until
 * the cloud confirms its message, and is sent again after a cut.
 */
export class CloudReports {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #confirmed: ConfirmedValues;
  readonly #reports = new Map<DeviceId, DeviceReport>();
  readonly #waiting = new Set<DeviceReport>();
  readonly #messages = new Map<string, { report: DeviceReport; sentAt: number }>();
  #link: CloudLink | undefined;
  #isScheduled = false;
  #stopResending: () => void = () => {};

  constructor(parts: { confirmed: ConfirmedValues; clock: Clock; log: Log }) {
    this.#confirmed = parts.confirmed;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  start(): void {
    this.#stopResending = this.#clock.every(RESEND_MS / 4, () => {
      const limit = this.#clock.monotonic() - RESEND_MS;
      const count = this.#takeBack((sentAt) => sentAt < limit);
      if (count > 0) this.#log.warn("reports not confirmed in time, sent again", { count });
    });
  }

  stop(): void {
    this.#stopResending();
    this.#link = undefined;
  }

  /** Durable values that the cloud is to know. */
  noteTwin(device: DeviceState, twin: Iterable<readonly [string, PropertyTwin]>): void {
    if (device.isGone) return;
    const report = this.#reportOf(device);
    for (const [property, value] of twin) report.note(property, value);
    this.#wait(report);
  }

  noteState(device: DeviceState): void {
    if (device.isGone) return;
    const report = this.#reportOf(device);
    report.note(STATE, undefined);
    this.#wait(report);
  }

  forget(id: DeviceId): void {
    this.#confirmed.forget(id);
    const report = this.#reports.get(id);
    if (!report) return;
    this.#reports.delete(id);
    this.#waiting.delete(report);
  }

  connected(link: CloudLink): void {
    this.#link = link;
    this.#takeBack(() => true);
    this.#schedule();
  }

  /** The link has room again. */
  resume(): void {
    this.#schedule();
  }

  disconnected(): void {
    this.#link = undefined;
  }

  confirm(messageId: string): void {
    const message = this.#messages.get(messageId);
    if (!message) return;
    this.#messages.delete(messageId);
    const { report } = message;
    // A device that left meanwhile may be here anew, and nothing of that one is confirmed.
    if (this.#reports.get(report.device.id) === report) {
      report.confirm(messageId, this.#confirmed);
      if (report.isDone) this.#reports.delete(report.device.id);
    }
    this.#schedule();
  }

  /** How many devices have something that the cloud has not confirmed. */
  get backlog(): number {
    return this.#reports.size;
  }

  #reportOf(device: DeviceState): DeviceReport {
    const known = this.#reports.get(device.id);
    if (known?.device === device) return known;
    const report = new DeviceReport(device);
    this.#reports.set(device.id, report);
    return report;
  }

  #wait(report: DeviceReport): void {
    this.#waiting.add(report);
    this.#schedule();
  }

  /** One message per device and loop turn, however many updates the turn brought. */
  #schedule(): void {
    if (this.#isScheduled || !this.#link || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const report of this.#waiting) {
      if (this.#messages.size >= WINDOW) return;
      if (!this.#sendTwin(report) || !this.#sendState(report)) return;
      this.#waiting.delete(report);
    }
  }

  #sendTwin(report: DeviceReport): boolean {
    if (!report.hasTwin) return true;
    const twin = report.twinToSend();
    if (Object.keys(twin).length === 0) return true;
    const content = { event_id: randomUUID(), timestamp: this.#clock.now(), twin };
    const id = this.#send(report, resources.twinEdgeUpdated(report.device.id), content);
    if (id !== undefined) report.markTwinSent(id);
    return id !== undefined;
  }

  #sendState(report: DeviceReport): boolean {
    if (!report.hasState) return true;
    const { id: deviceId, state, lastOnline } = report.device.record;
    const device = { name: splitDeviceId(deviceId).name, state, lastOnlineTime: lastOnline };
    // Encoded twice, as KubeEdge's edge does (mqtt-topics §2.7).
    const content = JSON.stringify({
      event_id: randomUUID(),
      timestamp: this.#clock.now(),
      device,
    });
    const id = this.#send(report, resources.stateUpdate(deviceId), content);
    if (id !== undefined) report.markStateSent(id);
    return id !== undefined;
  }

  #send(report: DeviceReport, resource: string, content: unknown): string | undefined {
    const id = randomUUID();
    const timestamp = this.#clock.now();
    const route = { source: "twin", group: "resource", operation: "update", resource };
    const isSent = this.#link?.send(makeEnvelope({ id, timestamp, ...route, content }));
    if (!isSent) return undefined;
    this.#messages.set(id, { report, sentAt: this.#clock.monotonic() });
    return id;
  }

  #takeBack(isConcerned: (sentAt: number) => boolean): number {
    let count = 0;
    for (const [messageId, { report, sentAt }] of this.#messages) {
      if (!isConcerned(sentAt)) continue;
      this.#messages.delete(messageId);
      if (this.#reports.get(report.device.id) !== report) continue;
      count++;
      report.takeBack(messageId);
      this.#wait(report);
    }
    return count;
  }
}
