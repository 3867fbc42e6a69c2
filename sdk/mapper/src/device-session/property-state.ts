import type { Backoff } from "@mapperkit/runtime";
import { Desire } from "./desire.ts";
import type { PropertyPlan } from "./device-plan.ts";
import { Poll } from "./poll.ts";

/** One property of a device session: what is read of it and what is desired of it. */
export class PropertyState {
  readonly plan: PropertyPlan;
  readonly poll: Poll;
  readonly desire: Desire;
  /** Between attempts at a write that the device answered with an error. Made when first needed. */
  writeBackoff: Backoff | undefined;

  /** `former` is the same property before its plan changed: its desired value stands, and is written anew. */
  constructor(plan: PropertyPlan, former?: PropertyState) {
    this.plan = plan;
    this.poll = new Poll(plan);
    this.desire = new Desire(plan, former?.desire);
  }
}
