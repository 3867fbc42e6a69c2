import type { Emit } from "../definition/mapper-base.ts";
import type { DevicePlan } from "../device-plan/device-plan.ts";
import { priorities } from "../endpoint/bus-queue.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import { isNotSent, messageOf } from "../endpoint/failure.ts";
import type { PropertyState } from "./property-state.ts";
import type { SessionParts } from "./session-parts.ts";

/** What the device tells by itself, for as long as its session is open. */
export class Subscription {
  readonly #parts: () => SessionParts;
  readonly #emit: Emit;
  #lifetime: AbortController | undefined;
  /** The session is new, or what is to be told has changed. */
  isWanted = false;

  constructor(parts: () => SessionParts, emit: Emit) {
    this.#parts = parts;
    this.#emit = emit;
  }

  end(): void {
    this.#lifetime?.abort();
    this.#lifetime = undefined;
  }

  /** Subscribes if that is wanted and possible. False when there was nothing to do. */
  async begin(
    endpoint: Endpoint,
    { id }: DevicePlan,
    properties: ReadonlyMap<string, PropertyState>,
  ): Promise<boolean> {
    const { driver, log } = this.#parts();
    const { subscribe } = driver;
    if (!this.isWanted) return false;
    this.isWanted = false;
    const told = [...properties.values()].filter(({ isPolled }) => isPolled);
    if (!subscribe || told.length === 0) return false;
    const lifetime = new AbortController();
    this.#lifetime = lifetime;
    const emit: Emit = (property, value) => {
      if (!lifetime.signal.aborted) this.#emit(property, value);
    };
    const plans = told.map(({ plan }) => plan);
    const unit = plans[0]?.unit ?? id;
    const operation = { unit, priority: priorities.poll, what: "subscribing" };
    try {
      await endpoint.perform(operation, (session) =>
        subscribe(session, plans, emit, lifetime.signal),
      );
      for (const { poll } of told) poll.isSubscribed = !lifetime.signal.aborted;
    } catch (error) {
      lifetime.abort();
      if (isNotSent(error)) this.isWanted = true;
      else log.warn("device does not tell its changes", { error: messageOf(error) });
    }
    return true;
  }
}
