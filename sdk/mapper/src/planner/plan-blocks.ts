import type { BlockLimits, BlockPlan, BlockRequest, WantedBlock } from "./block-plan.ts";
import { fewestBlocks, type Piece } from "./fewest-blocks.ts";
import { findSegments, type Segment, segmentAt } from "./segments.ts";
import { neverReadOf } from "./wanted-faults.ts";
import { groupWanted, type WantedGroup } from "./wanted-groups.ts";

/**
 * Makes the fewest requests that read all that is wanted within the limits, and of those the ones
 * that read least. The order of `wanted` does not matter. What cannot be read becomes a fault.
 * @throws MapperkitError `invalid_input` for limits that cannot be
 */
export function planBlocks(wanted: readonly WantedBlock[], limits: BlockLimits): BlockPlan {
  const { groups, faults } = groupWanted(wanted, limits);
  const requests = [...groups.values()].flatMap((group) =>
    planItems(group, group.items, segmentsOf(group, limits), limits),
  );
  return { requests, faults };
}

export function segmentsOf(group: WantedGroup, limits: BlockLimits): Segment[] {
  return findSegments(group.items, limits.maxGap ?? 0, neverReadOf(limits, group.space));
}

/** Requests for some items of a group; `segments` are those of the whole group. */
export function planItems(
  group: WantedGroup,
  items: readonly WantedBlock[],
  segments: readonly Segment[],
  { oneRequestPerItem = false }: BlockLimits,
): BlockRequest[] {
  const { unit, space, maxBlock } = group;
  const runs = oneRequestPerItem
    ? items.map((item) => piecesOf(item, maxBlock))
    : runsOf(
        items.flatMap((item) => piecesOf(item, maxBlock)),
        segments,
      );
  return runs.flatMap((pieces) =>
    fewestBlocks(pieces, maxBlock).map(({ start, end, properties }) => ({
      ...{ unit, space, start, length: end - start, properties },
    })),
  );
}

/** One piece, or one for each address where an item is longer than any block. */
function piecesOf({ property, start, length }: WantedBlock, maxBlock: number): Piece[] {
  if (length <= maxBlock) return [{ property, start, end: start + length }];
  return Array.from({ length }, (_, i) => ({ property, start: start + i, end: start + i + 1 }));
}

/** The pieces of each segment, sorted. */
function runsOf(pieces: Piece[], segments: readonly Segment[]): Piece[][] {
  pieces.sort((a, b) => a.start - b.start || b.end - a.end);
  const runs = new Map<Segment | undefined, Piece[]>();
  for (const piece of pieces) {
    const segment = segmentAt(segments, piece.start);
    const run = runs.get(segment);
    if (run) run.push(piece);
    else runs.set(segment, [piece]);
  }
  return [...runs.values()];
}
