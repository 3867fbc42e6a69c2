import {
  type DeviceAnnouncement,
  type DeviceId,
  deviceIdOf,
  MapperkitError,
  type MsgTwin,
  type PropertyRefusal,
} from "@mapperkit/api";
import type { DeviceState, TwinLink, TwinListener } from "./twin-link.ts";

/** An edge in memory: holds announcements and twins as edgecore does, for tests and one process. */
export class MemoryTwinLink implements TwinLink {
  readonly #announced = new Map<DeviceId, { node: string; announcement: DeviceAnnouncement }>();
  readonly #twins = new Map<DeviceId, Map<string, MsgTwin>>();
  readonly #states = new Map<DeviceId, DeviceState>();
  readonly #watched = new Map<DeviceId, symbol>();
  readonly #refused = new Map<string, PropertyRefusal>();
  /** Every update that arrived, in order. */
  readonly reports: { id: DeviceId; twin: Readonly<Record<string, MsgTwin>> }[] = [];
  #listener: TwinListener | undefined;
  #isUp = true;

  get isUp(): boolean {
    return this.#isUp;
  }

  serve(listener: TwinListener, signal: AbortSignal): Promise<void> {
    this.#listener = listener;
    if (this.#isUp) this.#tellAll();
    return new Promise((resolve) => {
      const end = () => {
        if (this.#listener === listener) this.#listener = undefined;
        resolve();
      };
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    });
  }

  watch(id: DeviceId): () => void {
    const watcher = Symbol(id);
    this.#watched.set(id, watcher);
    this.#tellTwin(id);
    return () => {
      if (this.#watched.get(id) === watcher) this.#watched.delete(id);
    };
  }

  async report(
    id: DeviceId,
    twin: Readonly<Record<string, MsgTwin>>,
  ): Promise<Readonly<Record<string, PropertyRefusal>>> {
    this.#requireUp();
    if (!this.#announced.has(id)) {
      throw new MapperkitError("not_found", `device ${id} is not known at the edge`);
    }
    this.reports.push({ id, twin });
    const refusals: Record<string, PropertyRefusal> = {};
    for (const [property, change] of Object.entries(twin)) {
      const refusal = this.#refused.get(`${id}/${property}`);
      if (refusal) refusals[property] = refusal;
      else this.#merge(id, property, change);
    }
    return refusals;
  }

  async setState(id: DeviceId, state: DeviceState): Promise<void> {
    this.#requireUp();
    this.#states.set(id, state);
  }

  /** Announces a device, or says it again after a change. One with another uid has no twin yet. */
  announce(announcement: DeviceAnnouncement, node = "edge"): void {
    const id = deviceIdOf(announcement.device.metadata);
    const former = this.#announced.get(id)?.announcement.device.metadata.uid;
    if (former !== announcement.device.metadata.uid) this.#twins.delete(id);
    this.#announced.set(id, { node, announcement });
    if (this.#isUp) this.#listener?.deviceAnnounced(announcement, node);
  }

  remove(id: DeviceId): void {
    this.#announced.delete(id);
    this.#twins.delete(id);
    if (this.#isUp) this.#listener?.deviceGone(id);
  }

  /** Sets a desired value as the cloud does; an absent generation is an edit made at the edge. */
  setDesired(
    id: DeviceId,
    property: string,
    value: string,
    generation?: number,
    timestamp?: number,
  ): void {
    const metadata = {
      ...(generation !== undefined && { generation }),
      ...(timestamp !== undefined && { timestamp }),
    };
    this.#merge(id, property, { expected: { value, metadata } });
  }

  /** Cuts or restores the link; what is told while it is cut arrives nowhere. */
  setUp(isUp: boolean): void {
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (isUp) this.#tellAll();
  }

  /** From now on the edge refuses this property's reports. */
  refuse(id: DeviceId, property: string, refusal: PropertyRefusal): void {
    this.#refused.set(`${id}/${property}`, refusal);
  }

  twin(id: DeviceId, property: string): MsgTwin | undefined {
    return this.#twins.get(id)?.get(property);
  }

  state(id: DeviceId): DeviceState | undefined {
    return this.#states.get(id);
  }

  #merge(id: DeviceId, property: string, change: MsgTwin): void {
    const twins = this.#twins.get(id) ?? new Map<string, MsgTwin>();
    this.#twins.set(id, twins);
    const current = { ...twins.get(property), ...change };
    twins.set(property, current);
    if (this.#isUp && this.#watched.has(id)) this.#listener?.twinHeard(id, property, current);
  }

  #tellAll(): void {
    this.#listener?.linkUp();
    for (const { node, announcement } of this.#announced.values()) {
      this.#listener?.deviceAnnounced(announcement, node);
    }
    for (const id of this.#watched.keys()) this.#tellTwin(id);
  }

  #tellTwin(id: DeviceId): void {
    if (!this.#isUp) return;
    for (const [property, twin] of this.#twins.get(id) ?? []) {
      this.#listener?.twinHeard(id, property, twin);
    }
  }

  #requireUp(): void {
    if (!this.#isUp) throw new MapperkitError("unreachable", "the edge cannot be reached");
  }
}
