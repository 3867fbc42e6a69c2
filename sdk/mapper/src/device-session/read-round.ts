import type { Driver, ReadGroup } from "../driver/driver.ts";
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
  properties: ReadonlyMap<string, PropertyState>,
  now: number,
  isWanted: (property: PropertyState) => boolean = () => true,
): GroupRead[] {
  const due: PropertyState[] = [];
  for (const property of properties.values()) {
    if (!property.isPolled || property.poll.dueAt > now || !isWanted(property)) continue;
    if (endpoint.unit(property.plan.unit).probeAt <= now) due.push(property);
  }
  if (due.length === 0) return [];
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
  return [fresh, silent, ...alone.map((one) => [one])].flatMap((some) => {
    const groups = some.length > 0 ? driver.groupReads(some.map(({ plan }) => plan)) : [];
    return groups.map((group) => ({ group, properties: statesOf(group, properties) }));
  });
}

function statesOf(
  group: ReadGroup,
  properties: ReadonlyMap<string, PropertyState>,
): PropertyState[] {
  return group.properties.flatMap(({ name }) => properties.get(name) ?? []);
}
