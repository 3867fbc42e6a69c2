import type { DeviceAnnouncement, DeviceId, MsgTwin, PropertyRefusal } from "@mapperkit/api";

/** The device states that a mapper reports (mqtt-topics §2.7). */
export type DeviceState = "online" | "offline";

/** Hears what the edge says. Its methods return at once and never throw. */
export interface TwinListener {
  /** The edge can be reached (again): what it missed can be told now. */
  linkUp(): void;
  /** A device of the node, said again whenever it changed and after each reconnect. */
  deviceAnnounced(announcement: DeviceAnnouncement, node: string): void;
  deviceGone(id: DeviceId): void;
  /** The present twin of one property of a watched device; `null` when it has none any more. */
  twinHeard(id: DeviceId, property: string, twin: MsgTwin | null): void;
}

/** What carries twins between a mapper and the edge: MQTT, or in process. */
export interface TwinLink {
  /** Whether the edge can be reached now; who cannot say it leaves it out. */
  readonly isUp?: boolean;
  /** Serves one listener, reconnecting for ever. Resolves when `signal` has ended it. */
  serve(listener: TwinListener, signal: AbortSignal): Promise<void>;
  /** Tells the listener the device's twin, now and at each change, until the result is called. */
  watch(id: DeviceId): () => void;
  /**
   * Sends a twin update and resolves with the properties that the edge refused.
   * @throws MapperkitError `unreachable` or `timed_out` when the edge did not answer, `not_found`
   *   when it knows no such device, `rejected` when it refused the whole update
   */
  report(
    id: DeviceId,
    twin: Readonly<Record<string, MsgTwin>>,
  ): Promise<Readonly<Record<string, PropertyRefusal>>>;
  /** @throws MapperkitError `unreachable` */
  setState(id: DeviceId, state: DeviceState): Promise<void>;
}
