import type { MsgTwin } from "@mapperkit/api";
import type { Emit } from "../definition/mapper-base.ts";
import type { DevicePlan } from "../device-plan/device-plan.ts";
import type { PlanFault } from "../device-plan/property-plan.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import { messageOf } from "../endpoint/failure.ts";
import type { DeviceView } from "../process/device-views.ts";
import { Sleeper } from "../time/sleeper.ts";
import { loseUnit, tellAway } from "./lose-unit.ts";
import { nextMoment } from "./next-moment.ts";
import { Polling } from "./polling.ts";
import { PropertyState } from "./property-state.ts";
import { SampleWatch } from "./sample-watch.ts";
import type { EndpointLease, SessionBuild, SessionUser } from "./session-build.ts";
import { type SessionParts, tellOutcome } from "./session-parts.ts";
import { Subscription } from "./subscription.ts";
import { settleFault, tellUnworkable } from "./tell-fault.ts";
import { takeAnswer, tellSample } from "./tell-sample.ts";
import { UnitWatch } from "./unit-watch.ts";
import { checkReadback, findDueWrites, writeDesired } from "./write-desired.ts";

/** Readings wait at most this long for the rest of their round before they are told, ms. */
const LONGEST_ROUND_MS = 100;

/**
 * One device at work: reads each property in its cycle, writes what is desired, and tells the edge.
 * Whatever its driver does, it neither throws nor holds up another device.
 */
export class DeviceSession implements SessionUser {
  #build: SessionBuild;
  readonly #stopped = new AbortController();
  readonly #sleeper: Sleeper;
  readonly #subscription: Subscription;
  readonly #polling = new Polling(() => this.#parts);
  readonly #watch = new SampleWatch();
  readonly #units = new UnitWatch((unit, error) => this.#unitChanged(unit, error));
  #parts: SessionParts;
  #plan: DevicePlan;
  #properties = new Map<string, PropertyState>();
  /** The same in a list: each step goes through it some times. */
  #list: readonly PropertyState[] = [];
  #lease: EndpointLease | undefined;
  #running: Promise<void> | undefined;
  /** Since when there was always something to do; clock.monotonic(). */
  #busySince: number | undefined;

  constructor(plan: DevicePlan, parts: Omit<SessionParts, "driver">, build: SessionBuild) {
    this.#plan = plan;
    this.#build = build;
    this.#parts = { ...parts, driver: build.createDriver(plan) };
    this.#sleeper = new Sleeper(parts.clock);
    const told: Emit = (property, value) => this.#told(property, value);
    this.#subscription = new Subscription(() => this.#parts, told);
  }

  get units(): Iterable<string> {
    return this.#units.names;
  }

  view(): DeviceView {
    const { id, fault } = this.#plan;
    const properties = [...this.#properties.values()].map((property) => property.view(id));
    const own = this.#plan.properties.map((property) => property.fault);
    const faults = [fault, ...own].flatMap((each) => each ?? []);
    const { state, isDegraded } = this.#units;
    return { id, state, isDegraded, faults, properties };
  }

  /** Reads a property before its turn. */
  readSoon(name: string): void {
    this.#properties.get(name)?.poll.readSoon(this.#parts.clock.monotonic());
    this.#sleeper.wake();
  }

  start(): void {
    this.#adopt(this.#plan, true);
    this.#running = this.#run(this.#stopped.signal);
  }

  /** With `farewell` the edge is told that nobody watches the device any more. */
  async stop({ farewell = false } = {}): Promise<void> {
    this.#stopped.abort();
    this.#sleeper.wake();
    this.#subscription.end();
    this.#units.follow([], undefined);
    const told = farewell ? this.#parts.reporter.farewell() : undefined;
    if (!farewell) this.#parts.reporter.stop();
    await this.#lease?.release();
    await this.#running;
    await told;
  }

  /** True when `plan` is of a device that was made anew under the same name: nothing of this one holds for it. */
  isReplacedBy({ uid }: DevicePlan): boolean {
    return uid !== undefined && this.#plan.uid !== undefined && uid !== this.#plan.uid;
  }

  /** Takes a changed device: what did not change in it goes on without a break. */
  async replan(plan: DevicePlan): Promise<void> {
    const isMoved =
      plan.configSignature !== this.#plan.configSignature ||
      plan.fault?.message !== this.#plan.fault?.message;
    const former = isMoved ? this.#lease : undefined;
    if (isMoved) {
      this.#lease = undefined;
      this.#parts = { ...this.#parts, driver: this.#build.createDriver(plan) };
    }
    this.#adopt(plan, isMoved);
    await former?.release();
  }

  /** Lets go of its endpoint and asks nothing until resume(); what it knows and is told stays. */
  suspend(): void {
    // Whoever suspends it ends the endpoint, with all who use it.
    this.#lease = undefined;
    this.closed();
    this.#units.follow([], undefined);
  }

  /** Goes on with another build of its driver. */
  resume(plan: DevicePlan, build: SessionBuild): void {
    this.#build = build;
    this.#parts = { ...this.#parts, driver: build.createDriver(plan) };
    for (const property of plan.properties) this.#properties.get(property.name)?.renew(property);
    this.#adopt(plan, false);
  }

  /** Hears the present twin of one property. */
  hear(name: string, twin: MsgTwin | null): void {
    const property = this.#properties.get(name);
    if (!property) return;
    if (twin) this.#recall(property, twin);
    if (!property.desire.hear(twin)) return;
    this.#settleAtOnce(property);
    this.#sleeper.wake();
  }

  linkUp(): void {
    this.#watch.linkUp(this.#parts.clock.monotonic());
    this.#sleeper.wake();
    this.#parts.reporter.linkUp();
  }

  opened(): void {
    this.#watch.lookSoon();
    this.#subscription.isWanted = true;
    this.#sleeper.wake();
  }

  closed(): void {
    this.#polling.clear();
    this.#subscription.end();
    for (const { poll } of this.#properties.values()) poll.isSubscribed = false;
    this.#watch.lookSoon();
    this.#sleeper.wake();
  }

  #adopt(plan: DevicePlan, isMoved: boolean): void {
    this.#plan = plan;
    this.#watch.lookSoon();
    this.#polling.clear();
    const former = this.#properties;
    this.#properties = new Map(
      plan.properties.map((property) => {
        const old = former.get(property.name);
        const isSame = !isMoved && old?.plan.signature === property.signature;
        return [property.name, isSame ? old : new PropertyState(property, old)];
      }),
    );
    if (plan.fault && isMoved) {
      this.#parts.log.error("device cannot be worked", { error: plan.fault.message });
      this.#parts.reporter.setState("offline");
    }
    this.#list = [...this.#properties.values()];
    const changed = this.#list.filter((property) => former.get(property.plan.name) !== property);
    for (const property of changed) {
      property.isTwinKnown ||= this.#watch.knowsTwins;
      settleFault(this.#parts, property, this.#faultOf(property));
      if (plan.fault ?? property.plan.fault) tellUnworkable(this.#parts, property);
      this.#settleAtOnce(property);
    }
    this.#settleIn(plan, isMoved, changed.length > 0);
  }

  #settleIn(plan: DevicePlan, isMoved: boolean, isChanged: boolean): void {
    const units = plan.properties.filter(({ fault }) => !fault).map(({ unit }) => unit);
    if (isMoved) this.#units.follow([], undefined);
    this.#units.name(units.length > 0 ? units : [plan.id]);
    if (!plan.fault) this.#lease ??= this.#build.acquire(plan, this);
    this.#units.follow(this.#units.names, this.#lease?.endpoint);
    this.#showState();
    if (isMoved || isChanged) {
      this.#subscription.end();
      this.#subscription.isWanted = true;
    }
    this.#sleeper.wake();
  }

  /** Tells at once what needs no device: refusals, equal values, and that the device is away. */
  #settleAtOnce(property: PropertyState): void {
    const outcome = property.desire.settleAtOnce(this.#plan.fault);
    if (outcome) tellOutcome(this.#parts, property, outcome);
    else tellAway(this.#parts, property, this.#lease?.endpoint.unit(property.plan.unit));
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        // A defect of ours must not end the device's work, nor spin.
        this.#parts.log.error("device session step failed", { error: messageOf(error) });
        await this.#sleeper.sleep(1000);
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { clock, reporter } = this.#parts;
    const now = clock.monotonic();
    const endpoint = this.#lease?.endpoint;
    this.#watch.look(this.#parts, this.#properties, endpoint, now);
    if (endpoint?.isOpen && (await this.#work(endpoint, now))) return this.#tellWhileBusy(now);
    this.#busySince = undefined;
    reporter.flush();
    if (signal.aborted) return;
    const next = nextMoment(this.#list, endpoint, clock.monotonic());
    await this.#sleeper.sleep(Math.min(next, this.#watch.nextAt) - clock.monotonic());
  }

  /** A round is told as one; a bus that is never done with its rounds must not keep them for itself. */
  #tellWhileBusy(startedAt: number): void {
    this.#busySince ??= startedAt;
    const now = this.#parts.clock.monotonic();
    if (now - this.#busySince < LONGEST_ROUND_MS) return;
    this.#busySince = now;
    this.#parts.reporter.flush();
  }

  /** Does what comes first: writes, then read-backs, then what is due. False when nothing is. */
  async #work(endpoint: Endpoint, now: number): Promise<boolean> {
    this.#trustWhatIsNeverRead(endpoint);
    const { maxOrders } = this.#parts.driver;
    const writes = findDueWrites(endpoint, this.#list, now).slice(0, maxOrders);
    if (writes.length > 0) {
      await writeDesired(this.#parts, endpoint, writes);
      return true;
    }
    if (await this.#subscription.begin(endpoint, this.#plan, this.#properties)) return true;
    if (await this.#polling.readBack(endpoint, this.#list, now)) return true;
    return await this.#polling.readNext(endpoint, this.#list, now);
  }

  /** An open session is all that is known of a device of which nothing is read. */
  #trustWhatIsNeverRead(endpoint: Endpoint): void {
    for (const { isPolled } of this.#list) if (isPolled) return;
    for (const name of this.#units.names) endpoint.unit(name).answered();
  }

  /** A subscribed property changed. */
  #told(name: string, told: unknown): void {
    const property = this.#properties.get(name);
    if (!property?.isPolled) return;
    const result = takeAnswer(this.#parts, property, { told });
    if (result.kind === "value") checkReadback(this.#parts, property, { text: result.text });
    this.#parts.reporter.flush();
  }

  #unitChanged(unit: string, error: unknown): void {
    const isLost = this.#lease?.endpoint.unit(unit).state === "offline";
    this.#showState(error);
    if (isLost) loseUnit(this.#parts, this.#list, unit, error);
    this.#sleeper.wake();
  }

  #showState(error?: unknown): void {
    const { state } = this.#units;
    if (!state || this.#plan.fault || !this.#parts.reporter.setState(state)) return;
    if (state === "online") this.#parts.log.info("device is online");
    else this.#parts.log.warn("device is offline", { error: messageOf(error) });
  }

  /** What an earlier process told of the property. */
  #recall(property: PropertyState, twin: MsgTwin): void {
    const isMended = property.recall(twin);
    const { sample } = property.poll;
    if (isMended && sample) tellSample(this.#parts, property, sample);
    settleFault(this.#parts, property, this.#faultOf(property));
  }

  /** A fault of the whole device is told once, on its first property. */
  #faultOf({ plan }: PropertyState): PlanFault | undefined {
    const [first] = this.#plan.properties;
    return plan.fault ?? (plan.name === first?.name ? this.#plan.fault : undefined);
  }
}
