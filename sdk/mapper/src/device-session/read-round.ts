import type { PropertyPlan } from "../device-plan/property-plan.ts";
import type { Driver, ReadGroup } from "../driver/driver.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import type { PropertyState } from "./property-state.ts";
import type { GroupRead } from "./read-group.ts";

type Properties = readonly PropertyState[];

/** Plans the operations that read what is due. What was planned before is not planned again. */
export class RoundPlanner {
  #due: readonly PropertyState[] = [];
  #plans: readonly PropertyPlan[] = [];
  #groups: readonly ReadGroup[] = [];
  #reads: readonly GroupRead[] = [];

  /**
   * The operations that read what is due now. What was silent, or failed in company, is not asked
   * for together with the rest; a unit that is away is probed with one property.
   */
  plan(
    driver: Driver,
    endpoint: Endpoint,
    properties: Properties,
    now: number,
    isWanted: (property: PropertyState) => boolean = () => true,
  ): GroupRead[] {
    const { due, isAllFresh } = dueNow(endpoint, properties, now, isWanted);
    if (due.length === 0) return [];
    if (isAllFresh) return this.#together(driver, due);
    // What spoils a request must not come into it as the gap between others.
    const avoided = properties
      .filter(({ poll }) => poll.isRefused || poll.isKnownSilent)
      .map(({ plan }) => plan);
    const silent = due.filter(({ poll }) => !poll.isAlone && poll.isKnownSilent);
    const alone = due.filter(({ poll }) => poll.isAlone);
    return [due.filter(isFresh), silent, ...alone.map((one) => [one])].flatMap((some) => {
      if (some.length === 0) return [];
      const plans = some.map(({ plan }) => plan);
      return readsOf(driver.groupReads(plans, some.length > 1 ? avoided : []), some);
    });
  }

  #together(driver: Driver, due: readonly PropertyState[]): GroupRead[] {
    const isKnown =
      due.length === this.#due.length &&
      due.every((property, i) => property === this.#due[i] && property.plan === this.#plans[i]);
    if (!isKnown) {
      this.#due = due;
      this.#plans = due.map(({ plan }) => plan);
    }
    // Asked each time: the driver may be another one by now.
    const groups = driver.groupReads(this.#plans);
    if (!isKnown || groups !== this.#groups) this.#reads = readsOf(groups, due);
    this.#groups = groups;
    return [...this.#reads];
  }
}

function isFresh({ poll }: PropertyState): boolean {
  return !poll.isAlone && !poll.isKnownSilent;
}

/** In the order in which they are to be read; of a unit that is away, the first. */
function dueNow(
  endpoint: Endpoint,
  properties: Properties,
  now: number,
  isWanted: (property: PropertyState) => boolean,
): { readonly due: readonly PropertyState[]; readonly isAllFresh: boolean } {
  const due: PropertyState[] = [];
  let isAllFresh = true;
  let isInOrder = true;
  let isAllThere = true;
  let last: PropertyState | undefined;
  let health = { name: "", ...{ probeAt: 0, isAway: false } };
  for (const property of properties) {
    const { poll } = property;
    if (poll.dueAt > now || !property.isPolled || !isWanted(property)) continue;
    const { unit } = property.plan;
    if (unit !== health.name || last === undefined) {
      const { probeAt, state } = endpoint.unit(unit);
      health = { name: unit, probeAt, isAway: state === "offline" };
    }
    if (health.probeAt > now) continue;
    if (health.isAway) isAllThere = false;
    if (last && last.poll.compare(poll) > 0) isInOrder = false;
    if (poll.isAlone) poll.rejoin(now);
    if (poll.isAlone || poll.isKnownSilent) isAllFresh = false;
    due.push(property);
    last = property;
  }
  if (!isInOrder) due.sort((a, b) => a.poll.compare(b.poll));
  return { due: isAllThere ? due : withOneProbe(endpoint, due), isAllFresh };
}

function withOneProbe(endpoint: Endpoint, due: readonly PropertyState[]): PropertyState[] {
  const probed = new Set<string>();
  return due.filter(({ plan: { unit } }) => {
    const isFirst = !probed.has(unit);
    probed.add(unit);
    return isFirst || endpoint.unit(unit).state !== "offline";
  });
}

function readsOf(groups: readonly ReadGroup[], among: readonly PropertyState[]): GroupRead[] {
  const byName = new Map(among.map((property) => [property.plan.name, property]));
  return groups.map((group) => {
    const properties = group.properties.flatMap(({ name }) => byName.get(name) ?? []);
    return { group, properties };
  });
}
