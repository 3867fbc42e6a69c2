/** A range that must lie in one block, and whose it is. */
export interface Piece {
  readonly property: string;
  readonly start: number;
  readonly end: number;
}

export interface Block {
  readonly start: number;
  readonly end: number;
  readonly properties: readonly string[];
}

/**
 * The fewest blocks that hold every piece whole, and of those the ones that read least; ties go
 * to the longer last block. Pieces are sorted by start, the longer first; any addresses between
 * the first and the last of them may be read.
 *
 * Pieces inside others ride along, so that starts and ends both rise. Then some best answer is a
 * partition into runs: a block can always begin where its first piece begins.
 */
export function fewestBlocks(pieces: readonly Piece[], maxBlock: number): Block[] {
  const { outer, riders } = splitRiders(pieces);
  const counts = [0];
  const sizes = [0];
  const cuts: number[] = [];
  let first = 0;
  for (const [j, { end }] of outer.entries()) {
    while (end - (outer[first]?.start ?? 0) > maxBlock) first++;
    let [bestCut, bestSize] = [first, Number.POSITIVE_INFINITY];
    // Counts never fall from left to right, so only equals of the first need a look.
    for (let i = first; i <= j && counts[i] === counts[first]; i++) {
      const size = (sizes[i] ?? 0) + end - (outer[i]?.start ?? 0);
      if (size < bestSize) [bestCut, bestSize] = [i, size];
    }
    cuts.push(bestCut);
    counts.push((counts[bestCut] ?? 0) + 1);
    sizes.push(bestSize);
  }
  return blocksOf(outer, riders, cuts);
}

function splitRiders(pieces: readonly Piece[]): { outer: Piece[]; riders: Piece[][] } {
  const outer: Piece[] = [];
  const riders: Piece[][] = [];
  for (const piece of pieces) {
    const last = outer.at(-1);
    if (last && piece.end <= last.end) {
      riders.at(-1)?.push(piece);
    } else {
      outer.push(piece);
      riders.push([]);
    }
  }
  return { outer, riders };
}

function blocksOf(outer: readonly Piece[], riders: Piece[][], cuts: readonly number[]): Block[] {
  const blocks: Block[] = [];
  for (let to = outer.length; to > 0; ) {
    const from = cuts[to - 1] ?? 0;
    const run = outer.slice(from, to);
    const names = run.flatMap(({ property }, i) => [
      property,
      ...(riders[from + i] ?? []).map((rider) => rider.property),
    ]);
    blocks.push({
      start: run[0]?.start ?? 0,
      end: run.at(-1)?.end ?? 0,
      properties: [...new Set(names)],
    });
    to = from;
  }
  return blocks.reverse();
}
