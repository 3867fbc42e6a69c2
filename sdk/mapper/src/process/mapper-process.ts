import {
  type DeviceAnnouncement,
  type DeviceId,
  deviceIdOf,
  MapperkitError,
  type MsgTwin,
} from "@mapperkit/api";
import type { ReportBuffer } from "../buffer/report-buffer.ts";
import type { AnyMapper } from "../definition/any-mapper.ts";
import type { DevicePlan } from "../device-plan/device-plan.ts";
import { DeviceSession } from "../device-session/device-session.ts";
import { messageOf } from "../endpoint/failure.ts";
import { TwinReporter } from "../reporting/twin-reporter.ts";
import { alignedClock } from "../time/aligned-clock.ts";
import type { TwinLink, TwinListener } from "../twin-link/twin-link.ts";
import type { DeviceView, DeviceViews, PropertyView } from "./device-views.ts";
import { MapperBuild, type MapperBuildParts } from "./mapper-build.ts";
import {
  checkReplacement,
  handOver,
  rolledBack,
  type SwapOutcome,
  takeBack,
  type WorkedDevice,
} from "./swap-driver.ts";

export interface MapperProcessParts extends MapperBuildParts {
  readonly mapper: AnyMapper;
  readonly link: TwinLink;
  readonly buffer: ReportBuffer;
  /** Called when the edge is reached for the first time. */
  readonly onReady?: (() => void) | undefined;
  /** Only devices of this node, when given. */
  readonly node: string | undefined;
}

interface ManagedDevice extends WorkedDevice {
  readonly session: DeviceSession;
  announcement: DeviceAnnouncement;
  node: string;
  unwatch: (() => void) | undefined;
}

/** A mapper at work: a session for each device that it claims, from the first announcement to the last. */
export class MapperProcess implements TwinListener, DeviceViews {
  readonly #parts: MapperProcessParts;
  readonly #devices = new Map<DeviceId, ManagedDevice>();
  readonly #leaving = new Set<Promise<void>>();
  #build: MapperBuild;
  #swaps: Promise<unknown> = Promise.resolve();
  #swapsUnderWay = 0;
  /** What was heard while a build is being swapped: it is for the one that stays. */
  readonly #heldBack: (() => void)[] = [];
  #isStopped = false;
  #wasLinkUp = false;

  constructor(parts: MapperProcessParts) {
    this.#parts = { ...parts, clock: alignedClock(parts.clock) };
    this.#build = new MapperBuild(parts.mapper, this.#parts);
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

  /** Reads a property before its turn, if its device is worked. */
  readSoon(device: DeviceId, name: string): void {
    this.#devices.get(device)?.session.readSoon(name);
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
    this.#afterSwap(() => {
      this.#take(announcement, node);
      this.#tryRefused();
    });
  }

  deviceGone(id: DeviceId): void {
    this.#afterSwap(() => {
      this.#release(id);
      this.#tryRefused();
    });
  }

  /**
   * Gives the devices to a new build of the driver. What they hold, and what was desired and
   * reported of them, stays; when the new build does not start, the former one has them back.
   */
  async swap(mapper: AnyMapper): Promise<SwapOutcome> {
    this.#swapsUnderWay += 1;
    const swapped = this.#swaps.then(() => this.#swap(mapper));
    this.#swaps = swapped;
    const outcome = await swapped;
    this.#swapsUnderWay -= 1;
    if (this.#swapsUnderWay === 0) for (const work of this.#heldBack.splice(0)) work();
    return outcome;
  }

  #take(announcement: DeviceAnnouncement, node: string): void {
    if (this.#isStopped) return;
    const id = deviceIdOf(announcement.device.metadata);
    const isOurs = this.#parts.node === undefined || this.#parts.node === node;
    if (!isOurs || !this.#build.claims(announcement)) {
      this.#release(id);
      return;
    }
    const plan = this.#build.admit(announcement, node);
    const known = this.#devices.get(id);
    if (!known) this.#begin(plan, announcement);
    else if (known.session.isReplacedBy(plan)) this.#replace(known, plan, announcement);
    else {
      Object.assign(known, { announcement, node });
      this.#finish(known.session.replan(plan));
    }
  }

  #release(id: DeviceId): void {
    const device = this.#devices.get(id);
    if (!device) return;
    this.#devices.delete(id);
    device.unwatch?.();
    this.#parts.log.info("device released", { device: id });
    this.#finish(device.session.stop());
    this.#build.dismiss(id);
  }

  /** Other devices may have left a bus some time. */
  #tryRefused(): void {
    for (const id of this.#build.refused) {
      const refused = this.#devices.get(id);
      if (refused) this.#take(refused.announcement, refused.node);
    }
  }

  twinHeard(id: DeviceId, property: string, twin: MsgTwin | null): void {
    this.#devices.get(id)?.session.hear(property, twin);
  }

  /** Resolves when no session is open any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#swaps;
    const devices = [...this.#devices.values()];
    this.#devices.clear();
    for (const { session, unwatch } of devices) {
      unwatch?.();
      this.#finish(session.stop({ farewell: true }));
    }
    await Promise.all(this.#leaving);
  }

  /** The new session begins before the old one ends, so that they share what is open. */
  #replace(former: ManagedDevice, plan: DevicePlan, announcement: DeviceAnnouncement): void {
    former.unwatch?.();
    this.#parts.log.info("device was made anew under its name", { device: plan.id });
    this.#begin(plan, announcement);
    this.#finish(former.session.stop());
  }

  #begin(plan: DevicePlan, announcement: DeviceAnnouncement): void {
    const { link, buffer, observer, clock, random } = this.#parts;
    const log = this.#parts.log.child({ device: plan.id });
    const chance = random.fork(plan.id);
    const reporter = new TwinReporter({ id: plan.id, link, buffer, clock, random: chance, log });
    const parts = { reporter, observer: observer.device(plan.id), clock, random: chance, log };
    const session = new DeviceSession(plan, parts, this.#build);
    log.info("device claimed", { node: plan.node });
    session.start();
    // Sessions are entered before they are watched: a link may tell the twin at once.
    const { node } = plan;
    const entry: ManagedDevice = { session, announcement, node, unwatch: undefined };
    this.#devices.set(plan.id, entry);
    entry.unwatch = link.watch(plan.id);
    if (this.#wasLinkUp) session.linkUp();
  }

  #afterSwap(work: () => void): void {
    if (this.#swapsUnderWay > 0) this.#heldBack.push(work);
    else work();
  }

  async #swap(mapper: AnyMapper): Promise<SwapOutcome> {
    const { clock, log } = this.#parts;
    const former = this.#build;
    const next = new MapperBuild(mapper, this.#parts);
    const devices = [...this.#devices.values()];
    try {
      checkReplacement(former, next, devices);
      this.#build = next;
      await handOver(former, next, devices, clock);
      log.info("driver swapped", { devices: devices.length });
      return { kind: "swapped" };
    } catch (error) {
      log.error("driver not swapped", { error: messageOf(error) });
      if (this.#build === former) return rolledBack(error);
      this.#build = new MapperBuild(former.mapper, this.#parts);
      await takeBack(next, this.#build, devices);
      return rolledBack(error);
    }
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
