import type { PartialTwinUpdate } from "@mapperkit/api";
import type { DeviceRegistry } from "../device-registry.ts";
import type { DeviceState } from "../device-state.ts";
import type { SilenceWatch } from "../liveness/silence-watch.ts";
import type { Publication, TwinAudience } from "../publication.ts";
import type { CloudReports } from "../report/cloud-reports.ts";
import type { DeviceRecord } from "../store/twin-store.ts";
import { deltaNotice, noticesOf } from "../twin-notices.ts";
import { applyEdgeUpdate, type UpdateEffect } from "../update/edge-update.ts";
import { type Event, withState } from "./replies.ts";

/** What mappers tell, whichever way it came: done when it is durable. */
export class TwinDesk {
  readonly #registry: DeviceRegistry;
  readonly #reports: CloudReports;
  readonly #silence: SilenceWatch;
  readonly #audience: TwinAudience;

  constructor(parts: {
    registry: DeviceRegistry;
    reports: CloudReports;
    silence: SilenceWatch;
    audience: TwinAudience;
  }) {
    this.#registry = parts.registry;
    this.#reports = parts.reports;
    this.#silence = parts.silence;
    this.#audience = parts.audience;
  }

  /** Resolves when durable, with what is to be published of it. Rejects when it was not stored. */
  async update(
    device: DeviceState,
    message: PartialTwinUpdate,
    event: Event,
  ): Promise<{ effect: UpdateEffect; notices: readonly Publication[] }> {
    const now = event.timestamp;
    if (tellsValue(message)) this.#silence.heardValue(device);
    const effect = applyEdgeUpdate(device.twin, message, { rules: device.rules, now });
    const { changes } = effect;
    const committed = this.#registry.change(device, changes);
    const isQuestion = changes.length === 0 && asksNothing(message);
    const notices = isQuestion
      ? deltaNotice(device, now)
      : noticesOf(device, changes, event, this.#audience);
    await committed;
    if (changes.length > 0) {
      this.#reports.noteTwin(
        device,
        changes.map(({ property, after }) => [property, after]),
      );
    }
    return { effect, notices };
  }

  /** Resolves with the device's record when it is durable. Rejects when it was not stored. */
  async say(device: DeviceState, state: string, now: number): Promise<DeviceRecord> {
    this.#silence.heardState(device);
    const isNews = device.record.state !== state;
    const record = withState(device.record, state, now);
    await this.#keepRecord(device, record, isNews);
    if (isNews) this.#reports.noteState(device);
    return record;
  }

  /** A state said again moves only the time, which is kept in memory until something changes. */
  #keepRecord(device: DeviceState, record: DeviceRecord, isNews: boolean): Promise<void> {
    if (isNews) return this.#registry.setRecord(device, record);
    device.record = record;
    return device.settled;
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
