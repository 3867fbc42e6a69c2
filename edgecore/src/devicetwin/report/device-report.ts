import type { DeviceId, MsgTwin } from "@mapperkit/api";
import type { DeviceState } from "../device-state.ts";
import { type PropertyTwin, toReport } from "../update/property-twin.ts";

/** The device's state word travels in a message of its own; properties cannot have this name. */
export const STATE = " state";

interface SentValue {
  readonly messageId: string;
  readonly value: PropertyTwin | undefined;
  /** The state word, where it is the state that was sent. */
  readonly state?: string;
}

/** Who keeps what the cloud has confirmed. */
export interface ConfirmedValues {
  noteValue(device: DeviceState, property: string, value: PropertyTwin): void;
  noteState(device: DeviceState, state: string): void;
  forget(id: DeviceId): void;
}

/**
 * What the cloud has not confirmed of one device. Of each property the newest value counts alone:
 * sending it takes over the duty of every older message that carried the property.
 */
export class DeviceReport {
  readonly device: DeviceState;
  /** `undefined` stands for the state, whose value is the device's record. */
  readonly #unsent = new Map<string, PropertyTwin | undefined>();
  readonly #sent = new Map<string, SentValue>();

  constructor(device: DeviceState) {
    this.device = device;
  }

  get isDone(): boolean {
    return this.#unsent.size === 0 && this.#sent.size === 0;
  }

  get hasTwin(): boolean {
    return this.#unsent.size > (this.hasState ? 1 : 0);
  }

  get hasState(): boolean {
    return this.#unsent.has(STATE);
  }

  note(property: string, value: PropertyTwin | undefined): void {
    this.#unsent.set(property, value);
  }

  /** The properties to send; those of which the cloud is to hear nothing are dropped. */
  twinToSend(): Record<string, MsgTwin> {
    const silent = silentProperties(this.device);
    const twin: [string, MsgTwin][] = [];
    for (const [property, value] of this.#unsent) {
      if (!value) continue;
      const report = silent.has(property) ? withoutActual(toReport(value)) : toReport(value);
      if (report) twin.push([property, report]);
      else this.#unsent.delete(property);
    }
    return Object.fromEntries(twin);
  }

  markTwinSent(messageId: string): void {
    for (const [property, value] of this.#unsent) {
      if (property === STATE) continue;
      this.#sent.set(property, { messageId, value });
      this.#unsent.delete(property);
    }
  }

  markStateSent(messageId: string): void {
    this.#unsent.delete(STATE);
    this.#sent.set(STATE, { messageId, value: undefined, state: this.device.record.state });
  }

  confirm(messageId: string, confirmed: ConfirmedValues): void {
    for (const [property, sent] of this.#sent) {
      if (sent.messageId !== messageId) continue;
      this.#sent.delete(property);
      if (sent.value) confirmed.noteValue(this.device, property, sent.value);
      else if (sent.state !== undefined) confirmed.noteState(this.device, sent.state);
    }
  }

  /** What the message alone carried is to be sent again. */
  takeBack(messageId: string): void {
    for (const [property, sent] of this.#sent) {
      if (sent.messageId !== messageId) continue;
      this.#sent.delete(property);
      if (!this.#unsent.has(property)) this.#unsent.set(property, sent.value);
    }
  }
}

/** Properties whose values are not to leave the edge. */
export function silentProperties({ object }: DeviceState): ReadonlySet<string> {
  const properties = object?.spec?.properties ?? [];
  return new Set(properties.filter((p) => p.reportToCloud === false).map((p) => p.name));
}

function withoutActual(report: MsgTwin): MsgTwin | undefined {
  const { actual: _actual, actual_version: _version, ...rest } = report;
  return rest.expected || rest.outcome ? rest : undefined;
}
