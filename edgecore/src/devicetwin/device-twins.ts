import type { Device, DeviceId, DeviceModel } from "@mapperkit/api";
import type { Clock, Component, Log } from "@mapperkit/runtime";
import { CloudTwins } from "./cloud-twins.ts";
import { DeviceObjects } from "./device-objects.ts";
import { DeviceRegistry, type LoadedDevice } from "./device-registry.ts";
import { SilenceWatch } from "./liveness/silence-watch.ts";
import { LocalSessions } from "./local/local-sessions.ts";
import { type LocalTally, LocalTwinLink } from "./local/local-twin-link.ts";
import type { MembershipChange } from "./membership-change.ts";
import {
  everybody,
  type Publication,
  type TwinAudience,
  type TwinPublisher,
} from "./publication.ts";
import { type CloudLink, CloudReports } from "./report/cloud-reports.ts";
import { Confirmations } from "./report/confirmations.ts";
import { SampleOutbox } from "./report/sample-outbox.ts";
import { TwinDesk } from "./requests/twin-desk.ts";
import { TwinRequests } from "./requests/twin-requests.ts";
import type { TwinStore } from "./store/twin-store.ts";

export interface DeviceTwinsParts {
  readonly store: TwinStore;
  readonly publisher: TwinPublisher;
  /** Default: everybody hears everything. */
  readonly audience?: TwinAudience | undefined;
  /** UTF-8 bytes of one value */
  readonly maxValueBytes: number;
  /** When a silent device is offline; 0 is never. Absent: by its report cycles, see SilenceWatch. */
  readonly offlineAfterMs?: number | undefined;
  /** Samples that may wait for the cloud; above it the oldest are dropped. */
  readonly maxOutboxSamples?: number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const MAX_OUTBOX_SAMPLES = 100_000;

/** The module devicetwin: what is desired of each device, what it reported, and who is to know. */
export class DeviceTwins implements Component {
  readonly name = "devicetwin";
  readonly #parts: DeviceTwinsParts;
  readonly #sessions: LocalSessions;
  readonly #desk: TwinDesk;
  readonly #registry: DeviceRegistry;
  readonly #reports: CloudReports;
  readonly #confirmations: Confirmations;
  readonly #outbox: SampleOutbox;
  readonly #requests: TwinRequests;
  readonly #objects: DeviceObjects;
  readonly #cloudTwins: CloudTwins;
  readonly #silence: SilenceWatch;
  #isRunning = false;

  constructor(parts: DeviceTwinsParts) {
    const { store, audience = everybody, maxValueBytes, offlineAfterMs, clock, log } = parts;
    const publisher = new LocalSessions(parts.publisher);
    const maxSamples = parts.maxOutboxSamples ?? MAX_OUTBOX_SAMPLES;
    const outbox = new SampleOutbox({ store, maxSamples, clock, log });
    const registry = new DeviceRegistry({
      ...{ store, order: outbox, watchers: publisher, maxValueBytes },
    });
    const confirmed = new Confirmations({ store, clock, log });
    const reports = new CloudReports({ confirmed, clock, log });
    const silence = new SilenceWatch({ registry, reports, offlineAfterMs, clock, log });
    const desk = new TwinDesk({ registry, reports, silence, audience });
    this.#parts = parts;
    this.#sessions = publisher;
    this.#registry = registry;
    this.#outbox = outbox;
    this.#confirmations = confirmed;
    this.#reports = reports;
    this.#silence = silence;
    this.#desk = desk;
    this.#requests = new TwinRequests({ registry, desk, maxValueBytes, clock, log });
    this.#objects = new DeviceObjects({ registry, reports, publisher, audience, clock });
    this.#cloudTwins = new CloudTwins({ registry, reports, publisher, audience, clock });
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#outbox.start();
    for (const loaded of await this.#registry.load()) this.#reportUnconfirmed(loaded);
    this.#reports.start();
    this.#confirmations.start();
    this.#silence.start();
    this.#isRunning = true;
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#silence.stop();
    this.#reports.stop();
    await this.#registry.settled.catch(() => {});
    await this.#outbox.stop();
    await this.#confirmations.stop();
  }

  #reportUnconfirmed({ device, unconfirmed, isStateUnconfirmed }: LoadedDevice): void {
    const values = unconfirmed.flatMap((property) => {
      const twin = device.twin.get(property);
      return twin ? [[property, twin] as const] : [];
    });
    if (values.length > 0) this.#reports.noteTwin(device, values);
    if (isStateUnconfirmed && device.record.state) this.#reports.noteState(device);
  }

  /** An MQTT message; `undefined` if it is no request to devicetwin. Never rejects. */
  handle(topic: string, payload: Uint8Array): Promise<readonly Publication[]> | undefined {
    return this.#requests.handle(topic, payload);
  }

  /** A way in for one mapper of this process; it may be asked for before the start. */
  openLink(node: string, tally?: LocalTally): LocalTwinLink {
    const { clock, log } = this.#parts;
    return new LocalTwinLink({
      ...{ node, tally, clock, log, registry: this.#registry, desk: this.#desk },
      ...{ sessions: this.#sessions, isRunning: () => this.#isRunning },
    });
  }

  /** Devices of this node. */
  get size(): number {
    return this.#registry.size;
  }

  /** Devices with something that the cloud has not confirmed. */
  get backlog(): number {
    return this.#reports.backlog;
  }

  /** Samples that wait for the cloud, and those that were dropped because too many waited. */
  get outbox(): { readonly waiting: number; readonly dropped: number } {
    return this.#outbox;
  }

  has(id: DeviceId): boolean {
    return this.#registry.find(id) !== undefined;
  }

  /** Resolves when all that the object asks is durable and published. */
  put(object: Device | DeviceModel): Promise<void> {
    return object.kind === "Device"
      ? this.#objects.putDevice(object)
      : this.#objects.putModel(object);
  }

  remove(kind: "Device" | "DeviceModel", id: DeviceId): Promise<void> {
    return kind === "Device" ? this.#objects.removeDevice(id) : this.#objects.removeModel(id);
  }

  /** Tells at once who belongs here no more; `stored` resolves when all is durable. */
  applyMembership(change: MembershipChange): {
    readonly gone: readonly DeviceId[];
    readonly stored: Promise<void>;
  } {
    const present = new Set(change.added.map(({ id }) => id));
    const gone = new Set(change.removed);
    if (change.isExact) {
      for (const { id } of this.#registry.all()) if (!present.has(id)) gone.add(id);
    }
    const removals = [...gone].map((id) => this.#objects.removeDevice(id));
    const additions = change.added.map(({ id, name, description, attributes, twin }) => {
      const device = this.#registry.find(id) ?? this.#objects.addMember({ id, name, description });
      return Promise.all([
        device.settled,
        attributes && this.#cloudTwins.applyAttributes(device, attributes),
        twin && this.#cloudTwins.apply(device, twin),
      ]);
    });
    return { gone: [...gone], stored: Promise.all([...removals, ...additions]).then(() => {}) };
  }

  /** @throws MapperkitError `invalid_input` */
  applyCloudUpdate(id: DeviceId, content: unknown): Promise<void> {
    return this.#cloudTwins.update(id, content);
  }

  connected(link: CloudLink): void {
    this.#reports.connected(link);
    this.#outbox.connected(link);
  }

  resume(): void {
    this.#reports.resume();
    this.#outbox.resume();
  }

  disconnected(): void {
    this.#reports.disconnected();
    this.#outbox.disconnected();
  }

  confirm(messageId: string): void {
    if (!this.#outbox.confirm(messageId)) this.#reports.confirm(messageId);
  }
}
