import type { BlockLimits, BlockPlan, BlockRequest, WantedBlock } from "./block-plan.ts";
import { planBlocks, planItems, segmentsOf } from "./plan-blocks.ts";
import { keyOf } from "./plan-diff.ts";
import { type Segment, segmentAt } from "./segments.ts";
import { groupKeyOf, groupWanted, type WantedGroup } from "./wanted-groups.ts";

export interface PlannedBefore {
  readonly wanted: readonly WantedBlock[];
  readonly plan: BlockPlan;
}

/**
 * A plan for `wanted` that leaves alone, as the same objects, the requests of `before` that a
 * change does not touch. It never has more requests than planBlocks() would make: where that
 * cannot be had in the neighbourhood of the change, the unit's space is planned anew. The limits
 * are those of `before`.
 */
export function replanBlocks(
  before: PlannedBefore,
  wanted: readonly WantedBlock[],
  limits: BlockLimits,
): BlockPlan {
  const fresh = planBlocks(wanted, limits);
  if (limits.oneRequestPerItem) return fresh;
  const { groups } = groupWanted(wanted, limits);
  const previous = new Map(before.wanted.map((item) => [item.property, item]));
  const freshByGroup = Map.groupBy(fresh.requests, groupKeyOf);
  const oldByGroup = Map.groupBy(before.plan.requests, groupKeyOf);
  const requests = [...groups].flatMap(([key, group]) => {
    const best = freshByGroup.get(key) ?? [];
    const change = new GroupChange(group, oldByGroup.get(key) ?? [], previous, limits);
    return change.replan(false, best.length) ?? change.replan(true, best.length) ?? best;
  });
  const old = new Map(before.plan.requests.map((request) => [keyOf(request), request]));
  const same = requests.map((request) => old.get(keyOf(request)) ?? request);
  return { requests: same, faults: fresh.faults };
}

/** The change of one unit's space: what stays, and what must be planned anew. */
class GroupChange {
  readonly #group: WantedGroup;
  readonly #old: readonly BlockRequest[];
  readonly #limits: BlockLimits;
  readonly #segments: readonly Segment[];
  readonly #items: ReadonlyMap<string, WantedBlock>;
  /** Properties that are new here, or otherwise than before. */
  readonly #changed: ReadonlySet<string>;

  constructor(
    group: WantedGroup,
    old: readonly BlockRequest[],
    previous: ReadonlyMap<string, WantedBlock>,
    limits: BlockLimits,
  ) {
    this.#group = group;
    this.#old = old;
    this.#limits = limits;
    this.#segments = segmentsOf(group, limits);
    this.#items = new Map(group.items.map((item) => [item.property, item]));
    const planned = new Set(old.flatMap(({ properties }) => properties));
    const isChanged = (item: WantedBlock) =>
      !planned.has(item.property) || !areEqual(item, previous.get(item.property));
    this.#changed = new Set(group.items.filter(isChanged).map((item) => item.property));
  }

  /** Undefined when this way takes more requests than `most`. */
  replan(withNeighbours: boolean, most: number): readonly BlockRequest[] | undefined {
    const neighbours = withNeighbours ? this.#neighbours() : new Set<BlockRequest>();
    const loose = new Set(this.#changed);
    let kept: BlockRequest[] = this.#old.filter((old) => !neighbours.has(old));
    for (const { properties } of neighbours) for (const name of properties) loose.add(name);
    // A property that was split lies in several requests: one that goes may take others along.
    for (let size = -1; size !== loose.size; ) {
      size = loose.size;
      const gone = kept.filter((request) => !this.#canStay(request, loose));
      for (const { properties } of gone) for (const name of properties) loose.add(name);
      kept = kept.filter((request) => !gone.includes(request));
    }
    const items = this.#group.items.filter(({ property }) => loose.has(property));
    const made = planItems(this.#group, items, this.#segments, this.#limits);
    if (kept.length + made.length > most) return undefined;
    return [...kept, ...made].sort((a, b) => a.start - b.start || a.length - b.length);
  }

  #canStay({ start, length, properties }: BlockRequest, loose: ReadonlySet<string>): boolean {
    const segment = segmentAt(this.#segments, start);
    const isReadable = segment !== undefined && start + length <= segment.end;
    return isReadable && properties.every((name) => this.#items.has(name) && !loose.has(name));
  }

  /** Requests over, right before and right behind what changed or lost a part. */
  #neighbours(): Set<BlockRequest> {
    const near = new Set<BlockRequest>();
    const changed = this.#group.items.filter(({ property }) => this.#changed.has(property));
    const broken = this.#old.filter((request) => !this.#canStay(request, this.#changed));
    for (const { start, length } of [...changed, ...broken]) {
      const end = start + length;
      const before = this.#old.findLast((old) => old.start + old.length <= start);
      const behind = this.#old.find((old) => old.start >= end);
      const over = this.#old.filter((old) => old.start < end && old.start + old.length > start);
      for (const request of [before, behind, ...over]) if (request) near.add(request);
    }
    return near;
  }
}

function areEqual(a: WantedBlock, b: WantedBlock | undefined): boolean {
  return (
    b !== undefined &&
    groupKeyOf(a) === groupKeyOf(b) &&
    a.start === b.start &&
    a.length === b.length &&
    a.mayBeSplit === b.mayBeSplit
  );
}
