import type { Clock, Log } from "@mapperkit/runtime";
import type { DeviceRegistry } from "../device-registry.ts";
import { type DeviceState, rfc3339 } from "../device-state.ts";
import type { CloudReports } from "../report/cloud-reports.ts";
import type { DeviceRecord } from "../store/twin-store.ts";

export interface SilenceWatchParts {
  readonly registry: DeviceRegistry;
  readonly reports: CloudReports;
  /**
   * A device that tells values is offline when nothing is heard of it for so long; 0 is never.
   * Absent: three of its longest report cycles, a minute at least.
   */
  readonly offlineAfterMs?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const MISSED_CYCLES = 3;
const SHORTEST_MS = 60_000;
const LOOK_MS = 5_000;

/**
 * Calls devices offline of which nothing is heard any more, and back what they were when something
 * is. Judged are only those that have told values: a mapper that says a state alone says it once.
 */
export class SilenceWatch {
  readonly #parts: SilenceWatchParts;
  #stopLooking: () => void = () => {};
  #lookedAt = 0;

  constructor(parts: SilenceWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    const { offlineAfterMs, clock } = this.#parts;
    if (offlineAfterMs === 0) return;
    this.#graceForAll(clock.monotonic());
    const lookMs = Math.max(10, Math.min(LOOK_MS, Math.floor((offlineAfterMs ?? LOOK_MS) / 4)));
    this.#stopLooking = clock.every(lookMs, () => this.#look(lookMs));
  }

  stop(): void {
    this.#stopLooking();
  }

  /** A value of the device came, were it equal to the last one. */
  heardValue(device: DeviceState): void {
    const { clock } = this.#parts;
    device.lastHeardMs = clock.monotonic();
    const { stateBeforeSilence, ...record } = device.record;
    if (stateBeforeSilence === undefined) return;
    const lastOnline = rfc3339(clock.now());
    void this.#change(device, { ...record, state: stateBeforeSilence || "online", lastOnline });
  }

  /** Its mapper said a state, which counts from now on. */
  heardState(device: DeviceState): void {
    if (device.lastHeardMs !== undefined) device.lastHeardMs = this.#parts.clock.monotonic();
  }

  #look(lookMs: number): void {
    const { registry, clock, offlineAfterMs, log } = this.#parts;
    const now = clock.monotonic();
    const wasAway = now - this.#lookedAt > 4 * lookMs;
    this.#lookedAt = now;
    // An edge that was asleep itself knows nothing of the silence.
    if (wasAway) this.#graceForAll(now);
    for (const device of registry.all()) {
      const { lastHeardMs, record } = device;
      if (lastHeardMs === undefined || /^(offline|disconnected)$/i.test(record.state)) continue;
      const limitMs =
        offlineAfterMs ?? Math.max(SHORTEST_MS, MISSED_CYCLES * device.longestCycleMs);
      const silentMs = now - lastHeardMs;
      if (silentMs < limitMs) continue;
      log.warn("device not heard of, it counts as offline", {
        device: device.id,
        silent_ms: Math.round(silentMs),
      });
      const isUp = /^(online|ok|)$/i.test(record.state);
      void this.#change(device, {
        ...record,
        state: "offline",
        stateBeforeSilence: record.state,
        lastOnline: isUp ? rfc3339(clock.now() - silentMs) : record.lastOnline,
      });
    }
  }

  #graceForAll(now: number): void {
    this.#lookedAt = now;
    for (const device of this.#parts.registry.all()) {
      const hasValues = [...device.twin.values()].some(({ actual }) => actual !== undefined);
      if (hasValues) device.lastHeardMs = now;
    }
  }

  async #change(device: DeviceState, record: DeviceRecord): Promise<void> {
    const { registry, reports, log } = this.#parts;
    try {
      await registry.setRecord(device, record);
      reports.noteState(device);
    } catch (error) {
      // Taken back in memory too, so the next look or value tries again.
      log.error("state not stored", { device: device.id, error: String(error) });
    }
  }
}
