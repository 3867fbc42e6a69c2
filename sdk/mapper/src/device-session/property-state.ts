import type { DeviceId, MsgTwin } from "@mapperkit/api";
import type { Backoff } from "@mapperkit/runtime";
import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { Answer } from "../driver/driver.ts";
import type { PropertyView } from "../process/device-views.ts";
import { ReportRule } from "../reporting/report-rule.ts";
import { noValueOf } from "../values/no-value.ts";
import { Desire } from "./desire.ts";
import { Poll } from "./poll.ts";
import type { ReadResult } from "./read-result.ts";
import { isSameAnswer, type Understood } from "./understand-answer.ts";

/** One property of a device session: what is read of it and what is desired of it. */
export class PropertyState {
  #plan: PropertyPlan;
  readonly poll: Poll;
  readonly report: ReportRule;
  readonly desire: Desire;
  /** Between attempts at a write that the device answered with an error. Made when first needed. */
  writeBackoff: Backoff | undefined;
  /** Why it cannot be worked, as the twin was told; undefined when it was not. */
  toldFault: string | undefined;
  /** What the twin held before is known: a sample without a value would take its place. */
  isTwinKnown = false;
  #answer: Answer | undefined;
  #understood: Understood | undefined;

  /** `former` is the same property before its plan changed: its desired value stands, and is written anew. */
  constructor(plan: PropertyPlan, former?: PropertyState) {
    this.#plan = plan;
    this.poll = new Poll(plan);
    this.report = new ReportRule(plan.report, plan.isReported);
    this.desire = new Desire(plan, former?.desire);
    this.toldFault = former?.toldFault;
    this.isTwinKnown = former?.isTwinKnown ?? false;
  }

  get plan(): PropertyPlan {
    return this.#plan;
  }

  /** Takes the plan that another build of the driver made of the same property. */
  renew(plan: PropertyPlan): void {
    this.#plan = plan;
    this.#answer = undefined;
    this.#understood = undefined;
    this.desire.renew(plan);
  }

  /**
   * Takes from the twin what an earlier process told. True when the present sample bears the value
   * now that was read last.
   */
  recall({ actual, expected, outcome }: MsgTwin): boolean {
    const { value, metadata } = actual ?? {};
    const isFault = outcome?.phase === "Rejected" && !expected?.value;
    if (isFault) this.toldFault = `${outcome.reason} ${outcome.message}`;
    const isNone = metadata?.quality === "Bad" && value === noValueOf(this.plan.type);
    if (value === undefined || isNone || this.poll.sample?.value !== undefined) return false;
    return this.poll.recall(value);
  }

  view(device: DeviceId): PropertyView {
    const { plan, desire, poll } = this;
    const { wanted } = desire;
    return {
      device,
      property: plan.name,
      sample: poll.sample,
      desired: wanted && { value: wanted.text, generation: wanted.generation },
      checkDesired: (value) => plan.fault ?? desire.checkDesired(value),
    };
  }

  /**
   * Takes an answer that says what the one before did, when nothing is to be told of that: most are
   * so. Undefined when it must be taken in full.
   */
  repeat(answer: Answer, now: number, timeOfDay: number): ReadResult | undefined {
    if (answer !== this.#answer && !isSameAnswer(this.#answer, answer)) return undefined;
    if (now >= this.report.quietUntil || !this.poll.takeSame(now, timeOfDay)) return undefined;
    return this.#understood?.result;
  }

  /** What was understood of the same answer the last time: most values do not change. */
  understood(answer: Answer): Understood | undefined {
    return isSameAnswer(this.#answer, answer) ? this.#understood : undefined;
  }

  remember(answer: Answer, understood: Understood): void {
    this.#answer = answer;
    this.#understood = understood;
  }

  get isPolled(): boolean {
    return !this.plan.fault && this.plan.isReadable;
  }
}
