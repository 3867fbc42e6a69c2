import {
  type DeviceAnnouncement,
  type DeviceId,
  MapperkitError,
  type MsgTwin,
  type PartialTwinUpdate,
  type PropertyRefusal,
  parsePartialTwinUpdate,
} from "@mapperkit/api";
import type { Clock, Log } from "@mapperkit/runtime";
import { announcementOf } from "../device-announcement.ts";
import type { DeviceRegistry } from "../device-registry.ts";
import type { DeviceState } from "../device-state.ts";
import type { Publication } from "../publication.ts";
import type { TwinDesk } from "../requests/twin-desk.ts";
import { isLive, toMessage } from "../update/property-twin.ts";
import type { LocalSession, LocalSessions } from "./local-sessions.ts";

/** Hears what the edge says. Its methods return at once and never throw. */
export interface LocalTwinListener {
  linkUp(): void;
  deviceAnnounced(announcement: DeviceAnnouncement, node: string): void;
  deviceGone(id: DeviceId): void;
  twinHeard(id: DeviceId, property: string, twin: MsgTwin | null): void;
}

/** Counts what mappers ask and what becomes of it. */
export interface LocalTally {
  note(action: string, body: { twin?: object; errors?: Record<string, PropertyRefusal> }): void;
}

type Updated = Awaited<ReturnType<TwinDesk["update"]>>;

export interface LocalTwinLinkParts {
  readonly node: string;
  readonly registry: Pick<DeviceRegistry, "find" | "all" | "settled">;
  readonly desk: Pick<TwinDesk, "update" | "say">;
  readonly sessions: Pick<LocalSessions, "add" | "publish">;
  /** Whether the edge is started and not stopped. */
  readonly isRunning: () => boolean;
  readonly tally?: LocalTally | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Twins for a mapper in the edge's own process: what its MQTT clients have, without a broker between.
 * A report is durable when it resolves; a mapper whose `serve` ends has its devices offline.
 */
export class LocalTwinLink implements LocalSession {
  readonly #parts: LocalTwinLinkParts;
  /** Who watches a device now: a session that ends late must not take its successor's. */
  readonly #watched = new Map<DeviceId, symbol>();
  /** Devices of which this mapper said that they are online. */
  readonly #online = new Set<DeviceId>();
  #listener: LocalTwinListener | undefined;

  constructor(parts: LocalTwinLinkParts) {
    this.#parts = parts;
  }

  get isUp(): boolean {
    return this.#listener !== undefined && this.#parts.isRunning();
  }

  /** Serves one listener. Resolves when `signal` has ended it. */
  async serve(listener: LocalTwinListener, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#listener = listener;
    const leave = this.#parts.sessions.add(this);
    listener.linkUp();
    await this.#parts.registry.settled.catch(() => {});
    this.#announceAll();
    for (const id of this.#watched.keys()) this.#tellTwin(id);
    if (!signal.aborted) {
      await new Promise((ended) => signal.addEventListener("abort", ended, { once: true }));
    }
    leave();
    this.#listener = undefined;
    await this.#allOffline();
  }

  /** Tells the listener the device's twin, now and at each change, until the result is called. */
  watch(id: DeviceId): () => void {
    const watcher = Symbol(id);
    this.#watched.set(id, watcher);
    if (this.#listener) this.#tellTwin(id);
    return () => {
      if (this.#watched.get(id) === watcher) this.#watched.delete(id);
    };
  }

  /**
   * Resolves with the refused properties when the others are durable.
   * @throws MapperkitError `not_found`, `rejected`, or `unreachable` when it was not stored
   */
  async report(
    id: DeviceId,
    twin: Readonly<Record<string, MsgTwin>>,
  ): Promise<Readonly<Record<string, PropertyRefusal>>> {
    const { desk, clock, sessions, tally } = this.#parts;
    const device = this.#deviceOf(id);
    const message = readUpdate(twin);
    const event = { event_id: "", timestamp: clock.now() };
    let updated: Updated;
    try {
      updated = await desk.update(device, message, event);
    } catch (error) {
      throw notStored(error);
    }
    const { effect, notices } = updated;
    if (notices.length > 0) sessions.publish(notices);
    tally?.note("twin/update", { twin: effect.result, errors: effect.errors });
    return effect.errors;
  }

  /** @throws MapperkitError `not_found`, or `unreachable` when it was not stored */
  async setState(id: DeviceId, state: string): Promise<void> {
    const { desk, clock, tally } = this.#parts;
    const device = this.#deviceOf(id);
    if (state === "offline") this.#online.delete(id);
    else this.#online.add(id);
    try {
      await desk.say(device, state, clock.now());
    } catch (error) {
      throw notStored(error);
    }
    tally?.note("state/update", {});
  }

  watches(id: DeviceId): boolean {
    return this.#watched.has(id);
  }

  heard(id: DeviceId, property: string, twin: MsgTwin | null): void {
    this.#listener?.twinHeard(id, property, twin);
  }

  announced({ device, body }: Extract<Publication, { kind: "announcement" }>): void {
    if (body) this.#listener?.deviceAnnounced(body, this.#parts.node);
    else this.#listener?.deviceGone(device);
  }

  #announceAll(): void {
    const { registry, node } = this.#parts;
    for (const { object, model } of registry.all()) {
      if (object) this.#listener?.deviceAnnounced(announcementOf(object, model), node);
    }
  }

  #tellTwin(id: DeviceId): void {
    const device = this.#parts.registry.find(id);
    if (!device) {
      this.#listener?.deviceGone(id);
      return;
    }
    // Memory may be ahead of the disk, and what a mapper is told must stay true.
    void device
      .durably(() => [...device.twin])
      .then((twin) => {
        if (!this.#watched.has(id)) return;
        for (const [property, held] of twin) {
          if (isLive(held)) this.#listener?.twinHeard(id, property, toMessage(held));
        }
      });
  }

  #deviceOf(id: DeviceId): DeviceState {
    if (!this.isUp) throw new MapperkitError("unreachable", "the edge is not running");
    const device = this.#parts.registry.find(id);
    if (device) return device;
    throw new MapperkitError("not_found", `Device ${id} is not known at this node`, {
      details: { device: id },
    });
  }

  async #allOffline(): Promise<void> {
    const { registry, desk, clock, log, isRunning } = this.#parts;
    if (!isRunning()) return;
    for (const id of this.#online) {
      const device = registry.find(id);
      await (device && desk.say(device, "offline", clock.now()))?.catch((error: unknown) => {
        log.error("state not stored", { device: id, error: String(error) });
      });
    }
    this.#online.clear();
  }
}

/** The parser takes refused properties out of what it is given, and the mapper goes on with its own. */
function readUpdate(twin: Readonly<Record<string, MsgTwin>>): PartialTwinUpdate {
  try {
    return parsePartialTwinUpdate({ event_id: "", timestamp: 0, twin: { ...twin } });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("rejected", reason, { cause, details: { code: 400 } });
  }
}

function notStored(cause: unknown): MapperkitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MapperkitError("unreachable", reason, { cause, details: { code: 500 } });
}
