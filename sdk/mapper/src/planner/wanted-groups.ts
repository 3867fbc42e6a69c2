import type { DeviceFault } from "@mapperkit/api";
import type { BlockLimits, WantedBlock } from "./block-plan.ts";
import { checkLimits, duplicateFault, findWantedFault, maxBlockOf } from "./wanted-faults.ts";

/** What may be read together: the items of one unit and space. */
export interface WantedGroup {
  readonly unit: number;
  readonly space: string;
  readonly maxBlock: number;
  /** By start, the longer first, then by name. */
  readonly items: readonly WantedBlock[];
}

/** By unit and space, whatever the order of `wanted`. @throws MapperkitError for unusable limits */
export function groupWanted(
  wanted: readonly WantedBlock[],
  limits: BlockLimits,
): { groups: Map<string, WantedGroup>; faults: DeviceFault[] } {
  checkLimits(limits);
  const faults: DeviceFault[] = [];
  const seen = new Set<string>();
  const found = new Map<string, WantedBlock[]>();
  for (const item of wanted.toSorted(compareItems)) {
    const fault = seen.has(item.property) ? duplicateFault(item) : findWantedFault(item, limits);
    seen.add(item.property);
    if (fault) {
      faults.push(fault);
      continue;
    }
    const key = groupKeyOf(item);
    const group = found.get(key);
    if (group) group.push(item);
    else found.set(key, [item]);
  }
  const groups = new Map<string, WantedGroup>();
  for (const [key, items] of found) {
    const { unit, space } = items[0] ?? { unit: 0, space: "" };
    groups.set(key, { unit, space, maxBlock: maxBlockOf(limits, space) ?? 1, items });
  }
  return { groups, faults };
}

export function groupKeyOf({ unit, space }: { unit: number; space: string }): string {
  return `${unit} ${space}`;
}

function compareItems(a: WantedBlock, b: WantedBlock): number {
  return (
    a.unit - b.unit ||
    compareText(a.space, b.space) ||
    a.start - b.start ||
    b.length - a.length ||
    compareText(a.property, b.property)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
