import type { DeviceId } from "@mapperkit/api";
import type { AnyMapper } from "../definition/any-mapper.ts";
import type { DevicePlan } from "../device-plan/device-plan.ts";
import { explainDevicePlan, isSerialLine } from "../device-plan/explain-plan.ts";
import { busOverload } from "../planner/index.ts";

/**
 * What polling asks of each serial line, whose speed is known: devices that together ask for more
 * than its time are refused, those that work already go on.
 */
export class BusLoads {
  readonly #mapper: AnyMapper;
  readonly #shares = new Map<string, Map<DeviceId, number>>();
  readonly #refused = new Set<DeviceId>();

  constructor(mapper: AnyMapper) {
    this.#mapper = mapper;
  }

  /** The plan, or the same with the fault that its bus has no time for it. */
  admit(plan: DevicePlan): DevicePlan {
    this.release(plan.id);
    if (plan.fault || !isSerialLine(plan.config)) return plan;
    const { utilisation = 0, requests } = explainDevicePlan(this.#mapper, plan);
    const shares = this.#shares.get(plan.endpoint) ?? new Map<DeviceId, number>();
    const others = [...shares.values()].reduce((sum, share) => sum + share, 0);
    if (others + utilisation > 1) {
      this.#refused.add(plan.id);
      return { ...plan, fault: busOverload(requests.length, utilisation, others) };
    }
    this.#shares.set(plan.endpoint, shares.set(plan.id, utilisation));
    return plan;
  }

  /** The device needs its bus no more. */
  release(id: DeviceId): void {
    this.#refused.delete(id);
    for (const shares of this.#shares.values()) shares.delete(id);
  }

  get refused(): DeviceId[] {
    return [...this.#refused];
  }
}
