import { type DeviceAnnouncement, type DeviceId, splitDeviceId } from "@mapperkit/api";
import type { Clock, Log, Random, Transports } from "@mapperkit/runtime";
import { type AnyMapper, isBlockMapper } from "../definition/any-mapper.ts";
import type { DeviceLimits } from "../definition/block-mapper.ts";
import { type DevicePlan, planDevice } from "../device-plan/device-plan.ts";
import type { EndpointLease, SessionBuild, SessionUser } from "../device-session/session-build.ts";
import { createDriver } from "../driver/create-driver.ts";
import type { Driver } from "../driver/driver.ts";
import type { EndpointParts, EndpointUser } from "../endpoint/endpoint-parts.ts";
import { EndpointPool } from "../endpoint/endpoint-pool.ts";
import { BusLoads } from "./bus-loads.ts";
import { isClaimed } from "./claims.ts";
import type { ProcessObserver } from "./process-observer.ts";

export interface MapperBuildParts {
  readonly observer: ProcessObserver;
  /** What a device's configData lacks. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly transports: Transports;
  readonly log: Log;
}

const OPERATION_MS = 5000;

/** One build of a mapper at work: what it makes of devices, and the endpoints that it has open. */
export class MapperBuild implements SessionBuild {
  readonly mapper: AnyMapper;
  readonly #parts: MapperBuildParts;
  readonly #endpoints = new EndpointPool();
  readonly #loads: BusLoads;

  constructor(mapper: AnyMapper, parts: MapperBuildParts) {
    this.mapper = mapper;
    this.#parts = parts;
    this.#loads = new BusLoads(mapper);
  }

  claims({ device }: DeviceAnnouncement): boolean {
    return isClaimed(this.mapper, device);
  }

  plan(announcement: DeviceAnnouncement, node: string): DevicePlan {
    return planDevice(this.mapper, this.#parts.config, announcement, node);
  }

  /** As plan(), for a device that is to be worked: it may be one too many for its bus. */
  admit(announcement: DeviceAnnouncement, node: string): DevicePlan {
    return this.#loads.admit(this.plan(announcement, node));
  }

  /** The device is worked no more. */
  dismiss(id: DeviceId): void {
    this.#loads.release(id);
  }

  /** Devices that their bus had no time for when they were admitted. */
  get refused(): readonly DeviceId[] {
    return this.#loads.refused;
  }

  createDriver({ config }: DevicePlan): Driver {
    return createDriver(this.mapper, config);
  }

  isOpen(key: string): boolean {
    return this.#endpoints.find(key)?.isOpen ?? false;
  }

  /**
   * Opens a plan's endpoint before anybody works over it, and resolves when it is open. Rejects with
   * why it could not be opened.
   */
  async open(plan: DevicePlan): Promise<EndpointLease> {
    const nobody = { units: [], opened: () => undefined, closed: () => undefined };
    const lease = this.acquire(plan, nobody);
    await lease.endpoint.started;
    return lease;
  }

  /** Resolves when nothing of this build is open any more; what is under way may end first. */
  async retire(): Promise<void> {
    await this.#endpoints.retire();
  }

  acquire(plan: DevicePlan, user: SessionUser): EndpointLease {
    const limits = this.#limitsOf(plan);
    const token: EndpointUser = {
      get units() {
        return user.units;
      },
      limits: { maxInFlight: limits.maxInFlight ?? 1, pauseMs: limits.pauseBetweenMs ?? 0 },
      opened: () => user.opened(),
      closed: () => user.closed(),
    };
    const key = plan.endpoint;
    const endpoint = this.#endpoints.acquire(key, token, () => this.#endpointParts(plan));
    return { endpoint, release: () => this.#endpoints.release(key, token) };
  }

  #limitsOf({ config }: DevicePlan): DeviceLimits {
    return isBlockMapper(this.mapper) ? this.mapper.limits(config) : { maxBlock: {} };
  }

  #endpointParts({ id, node, config }: DevicePlan): EndpointParts {
    const { mapper } = this;
    const { observer, clock, random, transports } = this.#parts;
    const log = this.#parts.log.child({ device: id });
    const device = { ...splitDeviceId(id), node };
    const base = { config, device, clock, random, transports, log };
    return {
      name: id,
      connect: async (signal, lost) => {
        const session = await mapper.connect({ ...base, signal, lost });
        observer.opened(id);
        return session;
      },
      busy: (ms) => observer.busy(id, ms),
      close: async (session) => await mapper.close?.(session),
      timeoutMs: mapper.timeoutMs ?? OPERATION_MS,
      clock,
      random: random.fork(`endpoint ${id}`),
      log,
    };
  }
}
