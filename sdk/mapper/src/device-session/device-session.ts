import type { MsgTwin } from "@mapperkit/api";
import { type Endpoint, type EndpointUser, priorities } from "../endpoint/endpoint.ts";
import { isAnswer, isLinkFailure, messageOf, outcomeReasonOf } from "../endpoint/failure.ts";
import type { DevicePlan } from "./device-plan.ts";
import { PropertyState } from "./property-state.ts";
import { type ReadResult, readProperty, tellSample } from "./read-property.ts";
import { type SessionParts, tellOutcome } from "./session-parts.ts";
import { checkReadback, writeDesired } from "./write-desired.ts";

/** Leases the session to a device; the result gives it back. */
export type AcquireEndpoint = (
  plan: DevicePlan,
  user: EndpointUser,
) => { readonly endpoint: Endpoint; release(): Promise<void> };

const IDLE_MS = 60_000;

/**
 * One device at work: reads each property in its cycle, writes what is desired, and tells the edge.
 * Whatever its driver does, it neither throws nor holds up another device.
 */
export class DeviceSession implements EndpointUser {
  readonly #parts: SessionParts;
  readonly #acquire: AcquireEndpoint;
  readonly #stopped = new AbortController();
  #plan: DevicePlan;
  #properties = new Map<string, PropertyState>();
  #lease: ReturnType<AcquireEndpoint> | undefined;
  #sleeper: AbortController | undefined;
  #isWoken = false;
  #running: Promise<void> | undefined;

  constructor(plan: DevicePlan, parts: SessionParts, acquire: AcquireEndpoint) {
    this.#plan = plan;
    this.#parts = parts;
    this.#acquire = acquire;
  }

  start(): void {
    this.#adopt(this.#plan, true);
    this.#running = this.#run(this.#stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake();
    this.#parts.reporter.stop();
    await this.#lease?.release();
    await this.#running;
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
    if (isMoved) this.#lease = undefined;
    this.#adopt(plan, isMoved);
    await former?.release();
  }

  /** Hears the present twin of one property. */
  hear(name: string, twin: MsgTwin | null): void {
    const property = this.#properties.get(name);
    if (!property?.desire.hear(twin)) return;
    this.#settleAtOnce(property);
    this.#wake();
  }

  linkUp(): void {
    this.#parts.reporter.linkUp();
  }

  opened(): void {
    const hasReads = [...this.#properties.values()].some(({ plan }) => !plan.fault);
    if (!hasReads) this.#answered();
    this.#wake();
  }

  unreachable(error: unknown): void {
    this.#parts.availability.unreachable();
    this.#lost(error);
  }

  #adopt(plan: DevicePlan, isMoved: boolean): void {
    this.#plan = plan;
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
      this.#parts.availability.unreachable();
      this.#parts.reporter.setState("offline");
    }
    for (const property of this.#properties.values()) {
      if (former.get(property.plan.name) === property) continue;
      if (property.plan.fault) this.#logFault(property);
      this.#settleAtOnce(property);
    }
    if (!plan.fault) this.#lease ??= this.#acquire(plan, this);
    this.#wake();
  }

  #logFault({ plan }: PropertyState): void {
    const facts = { property: plan.name, error: plan.fault?.message };
    this.#parts.log.error("property cannot be worked", facts);
  }

  /** Tells at once what needs no device: refusals, equal values, and that the device is away. */
  #settleAtOnce(property: PropertyState): void {
    const outcome = property.desire.settleAtOnce(this.#plan.fault);
    if (outcome) tellOutcome(this.#parts, property, outcome);
    else if (this.#parts.availability.state === "offline" && property.desire.isNewToDevice) {
      const message = "the device cannot be reached; the value is written when it is back";
      tellOutcome(this.#parts, property, { phase: "Pending", reason: "NotConnected", message });
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        // A defect of ours must not end the device's work, nor spin.
        this.#parts.log.error("device session step failed", { error: messageOf(error) });
        await this.#sleep(1000);
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { clock, availability, reporter } = this.#parts;
    const now = clock.now();
    this.#markStale(now);
    const endpoint = this.#lease?.endpoint;
    if (endpoint?.isOpen && now >= availability.probeAt) {
      const write = this.#nextWrite(now);
      const poll = write ? undefined : this.#nextPoll(now);
      if (write) await this.#write(endpoint, write);
      if (poll) await this.#poll(endpoint, poll);
      if (write || poll) return;
    }
    reporter.flush();
    if (!signal.aborted) await this.#sleep(this.#nextTime(endpoint) - now);
  }

  #nextWrite(now: number): PropertyState | undefined {
    for (const property of this.#properties.values()) {
      const { dueAt } = property.desire;
      if (dueAt !== undefined && dueAt <= now) return property;
    }
    return undefined;
  }

  #nextPoll(now: number): PropertyState | undefined {
    let best: PropertyState | undefined;
    for (const property of this.#properties.values()) {
      if (property.plan.fault || property.poll.dueAt > now) continue;
      if (!best || property.poll.comesBefore(best.poll)) best = property;
    }
    return best;
  }

  async #write(endpoint: Endpoint, property: PropertyState): Promise<void> {
    const result = await writeDesired(this.#parts, endpoint, property);
    if (result.kind === "answered") this.#answered();
    else if (result.kind === "failed" && isLinkFailure(result.error)) this.#failed(result.error);
  }

  async #poll(endpoint: Endpoint, property: PropertyState): Promise<void> {
    const { clock } = this.#parts;
    property.poll.tried(clock.now());
    const priority = property.desire.isVerifying ? priorities.readback : priorities.poll;
    const result = await readProperty(this.#parts, endpoint, priority, property);
    this.#judge(property, result);
    if (result.kind === "value") checkReadback(this.#parts, property, { text: result.text });
    else if (result.kind === "bad") checkReadback(this.#parts, property, { error: result.error });
  }

  #judge({ poll }: PropertyState, result: ReadResult): void {
    if (result.kind === "value") this.#answered();
    else if (result.kind === "bad" && isAnswer(result.error)) this.#answered();
    else if (result.kind === "bad") this.#failed(result.error);
    else if (result.kind === "lost") {
      const isAlive = this.#parts.availability.state === "online";
      const isSilentAgain = isAlive && poll.isKnownSilent;
      if (!isSilentAgain) this.#failed(result.error);
      if (isAlive) poll.timedOut(this.#parts.clock.now());
    }
  }

  #answered(): void {
    const { availability, reporter, log } = this.#parts;
    if (!availability.answered()) return;
    log.info("device is online");
    reporter.setState("online");
  }

  #failed(error: unknown): void {
    if (this.#parts.availability.failed(error)) this.#lost(error);
  }

  /** The device is away: when it comes back it is read at once and written anew. */
  #lost(error: unknown): void {
    const { reporter, clock, log } = this.#parts;
    const now = clock.now();
    log.debug("device is offline", { error: messageOf(error) });
    reporter.setState("offline");
    for (const property of this.#properties.values()) {
      const isNew = property.desire.isNewToDevice;
      property.desire.forget();
      property.poll.readSoon(now);
      if (!isNew || !isLinkFailure(error)) continue;
      const facts = { reason: outcomeReasonOf(error), message: messageOf(error) };
      tellOutcome(this.#parts, property, { phase: "Pending", ...facts });
    }
  }

  #markStale(now: number): void {
    for (const property of this.#properties.values()) {
      if (property.poll.becomesStale(now)) tellSample(this.#parts, property);
    }
  }

  /** The next moment at which there is something to do unasked. */
  #nextTime(endpoint: Endpoint | undefined): number {
    const { clock, availability } = this.#parts;
    const isOpen = endpoint?.isOpen === true;
    let next = clock.now() + IDLE_MS;
    for (const { plan, poll, desire } of this.#properties.values()) {
      next = Math.min(next, poll.staleAt ?? next);
      if (!isOpen) continue;
      const due = Math.min(plan.fault ? next : poll.dueAt, desire.dueAt ?? next);
      next = Math.min(next, Math.max(due, availability.probeAt));
    }
    return next;
  }

  #wake(): void {
    this.#isWoken = true;
    this.#sleeper?.abort();
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.#isWoken) {
      this.#sleeper = new AbortController();
      await this.#parts.clock.sleep(Math.max(ms, 0), this.#sleeper.signal).catch(() => undefined);
      this.#sleeper = undefined;
    }
    this.#isWoken = false;
  }
}
