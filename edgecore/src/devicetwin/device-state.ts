import type { Device, DeviceId, DeviceModel, ModelProperty } from "@mapperkit/api";
import type { DeviceRecord } from "./store/twin-store.ts";
import type { PropertyRules } from "./update/property-rules.ts";
import type { PropertyTwin } from "./update/property-twin.ts";
import { samplingOf } from "./update/sampling.ts";
import { type Delta, deltaKey, deltaOf } from "./update/twin-delta.ts";

/** A device that changes in every turn of the loop must not keep an answer for ever. */
const MOST_LOOKS = 16;

/** One device in memory. May be ahead of the disk: what leaves the edge waits for `settled`. */
export class DeviceState {
  record: DeviceRecord;
  readonly twin: Map<string, PropertyTwin>;
  /** Absent when the cloud told of the device by membership only. */
  object: Device | undefined;
  model: DeviceModel | undefined;
  rules: PropertyRules;
  /** Digest of the retained announcement as it was published last. */
  announced = "";
  /** When a value of it came last, ms of the monotonic clock; absent until one has. */
  lastHeardMs: number | undefined;
  /** It was removed: what is still under way of it concerns nobody, least of all a successor of its name. */
  isGone = false;
  /** Counts what was decided for this device, and up to where that is durable. */
  decided = 0;
  stored = 0;
  /** Resolves when all that was decided for this device so far is durable. */
  settled: Promise<void> = Promise.resolve();
  #deltaKey: string | undefined;

  constructor(record: DeviceRecord, twin: Map<string, PropertyTwin>, maxValueBytes: number) {
    this.record = record;
    this.twin = twin;
    this.rules = { maxValueBytes };
  }

  get id(): DeviceId {
    return this.record.id;
  }

  /**
   * What `read` sees now, once that is durable; if the store refuses it, what it sees then. Looks
   * anew when something newer has become durable meanwhile: whoever was told that must not hear of
   * the older afterwards.
   */
  async durably<T>(read: () => T): Promise<T> {
    for (let look = 1; ; look++) {
      const { decided } = this;
      const seen = read();
      try {
        await this.settled;
      } catch {
        return read();
      }
      if (this.stored <= decided || look === MOST_LOOKS) return seen;
    }
  }

  /** Takes the rules of `object` and its model. */
  setModel(
    known:
      | { readonly model: DeviceModel; readonly properties: ReadonlyMap<string, ModelProperty> }
      | undefined,
  ): void {
    this.model = known?.model;
    this.rules = {
      maxValueBytes: this.rules.maxValueBytes,
      ...(known && { properties: known.properties }),
      sampling: samplingOf(this.object, known?.model),
    };
  }

  /** Of the cycles in which its mapper tells values whether they changed or not, ms. */
  get longestCycleMs(): number {
    const cycles = this.object?.spec?.properties?.map(({ reportCycle = 0 }) => reportCycle) ?? [];
    return cycles.reduce((longest, cycle) => Math.max(longest, cycle), 0);
  }

  /** Names of the properties that keep samples. */
  get histories(): string[] {
    const sampled = [...(this.rules.sampling ?? [])].filter(([, { history }]) => history > 0);
    return sampled.map(([property]) => property).sort();
  }

  /** The delta if it is another one than was taken last; KubeEdge repeats it after every update. */
  takeDelta(): Delta | undefined {
    const delta = deltaOf(this.twin);
    const key = delta && deltaKey(delta);
    if (key === this.#deltaKey) return undefined;
    this.#deltaKey = key;
    return delta;
  }

  /** After a failed commit nobody was told, so the next delta is news again. */
  forgetDelta(): void {
    this.#deltaKey = undefined;
  }
}

/** As KubeEdge writes times: UTC, whole seconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
