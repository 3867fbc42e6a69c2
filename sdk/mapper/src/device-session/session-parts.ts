import type { Clock, Log, Random } from "@mapperkit/runtime";
import type { Driver } from "../driver/driver.ts";
import type { TwinReporter } from "../reporting/twin-reporter.ts";
import type { OutcomeFacts } from "./desire.ts";
import type { PropertyState } from "./property-state.ts";
import type { SessionObserver } from "./session-observer.ts";

/** What the operations of one device session share. */
export interface SessionParts {
  readonly driver: Driver;
  readonly reporter: TwinReporter;
  readonly observer: SessionObserver;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Says what became of the present desired value; the same outcome is said once. */
export function tellOutcome(
  { reporter, observer, clock, log }: SessionParts,
  { plan, desire }: PropertyState,
  { phase, reason, message }: OutcomeFacts,
): void {
  const wanted = desire.wanted;
  if (!wanted || !desire.isNews({ phase, reason, message })) return;
  const facts = { property: plan.name, generation: wanted.generation, phase, reason };
  if (phase === "Applied") log.info("desired value applied", facts);
  else log.warn("desired value not applied", { ...facts, error: message });
  observer.wrote(plan.name, { phase, reason, message });
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
