import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { SimpleMapper } from "../definition/simple-mapper.ts";
import type { Availability } from "./availability.ts";
import type { OutcomeFacts } from "./desire.ts";
import type { PropertyState } from "./property-state.ts";
import type { TwinReporter } from "./twin-reporter.ts";

// biome-ignore lint/suspicious/noExplicitAny: its own schemas have checked what the driver is given
export type AnySimpleMapper = SimpleMapper<any, any, any>;

/** What the operations of one device session share. */
export interface SessionParts {
  readonly mapper: AnySimpleMapper;
  readonly reporter: TwinReporter;
  readonly availability: Availability;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Says what became of the present desired value; the same outcome is said once. */
export function tellOutcome(
  { reporter, clock, log }: SessionParts,
  { plan, desire }: PropertyState,
  { phase, reason, message }: OutcomeFacts,
): void {
  const wanted = desire.wanted;
  if (!wanted || !desire.isNews({ phase, reason, message })) return;
  const facts = { property: plan.name, generation: wanted.generation, phase, reason };
  if (phase === "Applied") log.info("desired value applied", facts);
  else log.warn("desired value not applied", { ...facts, error: message });
  reporter.tell(plan.name, {
    outcome: {
      ...(wanted.generation !== undefined && { generation: wanted.generation }),
      phase,
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
      timestamp: clock.now(),
    },
  });
  reporter.flush();
}
