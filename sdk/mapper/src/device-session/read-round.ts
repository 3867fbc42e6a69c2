import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { Driver } from "../driver/driver.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import type { PropertyState } from "./property-state.ts";
import type { GroupRead } from "./read-group.ts";

/**
 * The operations that read what is due now. What was silent, or failed in company, is not asked for
 * together with the rest; a unit that is away is probed with one property.
 */
export function planRound(
  driver: Driver,
  endpoint: Endpoint,
  properties: Iterable<PropertyState>,
  now: number,
): GroupRead[] {
  const due = [...properties].filter(({ isPolled, poll, plan }) => {
    return isPolled && poll.dueAt <= now && endpoint.unit(plan.unit).probeAt <= now;
  });
  due.sort((a, b) => a.poll.compare(b.poll));
  const probed = new Set<string>();
  const wanted = due.filter(({ plan: { unit } }) => {
    const isFirst = !probed.has(unit);
    probed.add(unit);
    return isFirst || endpoint.unit(unit).state !== "offline";
  });
  const fresh = wanted.filter(({ poll }) => !poll.isAlone && !poll.isKnownSilent);
  const silent = wanted.filter(({ poll }) => !poll.isAlone && poll.isKnownSilent);
  const alone = wanted.filter(({ poll }) => poll.isAlone);
  return [fresh, silent, ...alone.map((one) => [one])].flatMap((some) => groupsOf(driver, some));
}

function groupsOf(driver: Driver, properties: readonly PropertyState[]): GroupRead[] {
  if (properties.length === 0) return [];
  const states = new Map<PropertyPlan, PropertyState>(properties.map((one) => [one.plan, one]));
  return driver.groupReads(properties.map(({ plan }) => plan)).map((group) => {
    return { group, properties: group.properties.flatMap((plan) => states.get(plan) ?? []) };
  });
}
