import {
  type DeviceAnnouncement,
  type DeviceId,
  deviceIdOf,
  MapperkitError,
  type MsgTwin,
  splitDeviceId,
} from "@mapperkit/api";
import type { Clock, Log, Random, Transports } from "@mapperkit/runtime";
import type { ReportBuffer } from "../buffer/report-buffer.ts";
import { type AnyMapper, isBlockMapper } from "../definition/any-mapper.ts";
import type { DeviceLimits } from "../definition/block-mapper.ts";
import { type DevicePlan, planDevice } from "../device-plan/device-plan.ts";
import { type AcquireEndpoint, DeviceSession } from "../device-session/device-session.ts";
import { createDriver } from "../driver/create-driver.ts";
import type { EndpointParts, EndpointUser } from "../endpoint/endpoint.ts";
import { EndpointPool } from "../endpoint/endpoint-pool.ts";
import { messageOf } from "../endpoint/failure.ts";
import { TwinReporter } from "../reporting/twin-reporter.ts";
import type { TwinLink, TwinListener } from "../twin-link/twin-link.ts";
import { isClaimed } from "./claims.ts";
import type { DeviceView, DeviceViews, PropertyView } from "./device-views.ts";
import type { ProcessObserver } from "./process-observer.ts";

export interface MapperProcessParts {
  readonly mapper: AnyMapper;
  readonly link: TwinLink;
  readonly buffer: ReportBuffer;
  readonly observer: ProcessObserver;
  /** Called when the edge is reached for the first time. */
  readonly onReady?: (() => void) | undefined;
  /** Only devices of this node, when given. */
  readonly node: string | undefined;
  /** What a device's configData lacks. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly transports: Transports;
  readonly log: Log;
}

interface ManagedDevice {
  readonly session: DeviceSession;
  unwatch: (() => void) | undefined;
}

const OPERATION_MS = 5000;

/** A mapper at work: a session for each device that it claims, from the first announcement to the last. */
export class MapperProcess implements TwinListener, DeviceViews {
  readonly #parts: MapperProcessParts;
  readonly #devices = new Map<DeviceId, ManagedDevice>();
  readonly #endpoints = new EndpointPool();
  readonly #leaving = new Set<Promise<void>>();
  #isStopped = false;
  #wasLinkUp = false;

  constructor(parts: MapperProcessParts) {
    this.#parts = parts;
  }

  get isLinkUp(): boolean {
    return this.#wasLinkUp && this.#parts.link.isUp !== false;
  }

  devices(): readonly DeviceView[] {
    return [...this.#devices.values()].map(({ session }) => session.view());
  }

  property(device: DeviceId, name: string): PropertyView | undefined {
    const { properties } = this.#devices.get(device)?.session.view() ?? {};
    return properties?.find(({ property }) => property === name);
  }

  async setDesired(device: DeviceId, property: string, value: string): Promise<void> {
    const { link } = this.#parts;
    const refusals = await link.report(device, { [property]: { expected: { value } } });
    const refusal = refusals[property];
    if (refusal) throw new MapperkitError("rejected", refusal.reason, { details: { ...refusal } });
  }

  linkUp(): void {
    if (!this.#wasLinkUp) this.#parts.onReady?.();
    this.#wasLinkUp = true;
    for (const { session } of this.#devices.values()) session.linkUp();
  }

  deviceAnnounced(announcement: DeviceAnnouncement, node: string): void {
    if (this.#isStopped) return;
    const { mapper, config } = this.#parts;
    const id = deviceIdOf(announcement.device.metadata);
    const isOurs = this.#parts.node === undefined || this.#parts.node === node;
    if (!isOurs || !isClaimed(mapper, announcement.device)) {
      this.deviceGone(id);
      return;
    }
    const plan = planDevice(mapper, config, announcement, node);
    const known = this.#devices.get(id);
    if (!known) this.#begin(plan);
    else if (known.session.isReplacedBy(plan)) this.#replace(known, plan);
    else this.#finish(known.session.replan(plan));
  }

  deviceGone(id: DeviceId): void {
    const device = this.#devices.get(id);
    if (!device) return;
    this.#devices.delete(id);
    device.unwatch?.();
    this.#parts.log.info("device released", { device: id });
    this.#finish(device.session.stop());
  }

  twinHeard(id: DeviceId, property: string, twin: MsgTwin | null): void {
    this.#devices.get(id)?.session.hear(property, twin);
  }

  /** Resolves when no session is open any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const devices = [...this.#devices.values()];
    this.#devices.clear();
    for (const { session, unwatch } of devices) {
      unwatch?.();
      this.#finish(session.stop({ farewell: true }));
    }
    await Promise.all(this.#leaving);
  }

  /** The new session begins before the old one ends, so that they share what is open. */
  #replace(former: ManagedDevice, plan: DevicePlan): void {
    former.unwatch?.();
    this.#parts.log.info("device was made anew under its name", { device: plan.id });
    this.#begin(plan);
    this.#finish(former.session.stop());
  }

  #begin(plan: DevicePlan): void {
    const { mapper, link, buffer, observer, clock, random } = this.#parts;
    const log = this.#parts.log.child({ device: plan.id });
    const chance = random.fork(plan.id);
    const reporter = new TwinReporter({ id: plan.id, link, buffer, clock, random: chance, log });
    const parts = { reporter, observer: observer.device(plan.id), clock, random: chance, log };
    const driverOf = ({ config }: DevicePlan) => createDriver(mapper, config);
    const session = new DeviceSession(plan, parts, driverOf, this.#acquire);
    log.info("device claimed", { node: plan.node });
    session.start();
    // Sessions are entered before they are watched: a link may tell the twin at once.
    const entry: ManagedDevice = { session, unwatch: undefined };
    this.#devices.set(plan.id, entry);
    entry.unwatch = link.watch(plan.id);
  }

  readonly #acquire: AcquireEndpoint = (plan, user) => {
    const token: EndpointUser = {
      get units() {
        return user.units;
      },
      opened: () => user.opened(),
      closed: () => user.closed(),
    };
    const key = plan.endpoint;
    const endpoint = this.#endpoints.acquire(key, token, () => this.#endpointParts(plan));
    return { endpoint, release: () => this.#endpoints.release(key, token) };
  };

  #endpointParts({ id, node, config }: DevicePlan): EndpointParts {
    const { mapper, observer, clock, random, transports } = this.#parts;
    const log = this.#parts.log.child({ device: id });
    const device = { ...splitDeviceId(id), node };
    const limits: DeviceLimits = isBlockMapper(mapper) ? mapper.limits(config) : { maxBlock: {} };
    const base = { config, device, clock, random, transports, log };
    return {
      name: id,
      connect: async (signal) => {
        const session = await mapper.connect({ ...base, signal });
        observer.opened(id);
        return session;
      },
      busy: (ms) => observer.busy(id, ms),
      close: async (session) => await mapper.close?.(session),
      timeoutMs: mapper.timeoutMs ?? OPERATION_MS,
      maxInFlight: limits.maxInFlight ?? 1,
      pauseMs: limits.pauseBetweenMs ?? 0,
      clock,
      random: random.fork(`endpoint ${id}`),
      log,
    };
  }

  /** Keeps hold of work that nobody waits for until stop(). */
  #finish(work: Promise<void>): void {
    const settled = work
      .catch((error: unknown) => {
        this.#parts.log.error("device session did not close well", { error: messageOf(error) });
      })
      .finally(() => this.#leaving.delete(settled));
    this.#leaving.add(settled);
  }
}
