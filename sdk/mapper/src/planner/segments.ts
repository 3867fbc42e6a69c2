import type { AddressSpan } from "./block-plan.ts";

interface Extent {
  readonly start: number;
  readonly length: number;
}

/** A stretch of addresses of which any part may be read: no gap too wide, nothing forbidden. */
export interface Segment {
  readonly start: number;
  end: number;
}

/**
 * Cuts a space where the run of addresses that nobody wants is longer than `maxGap`, or holds one
 * that may never be read. `items` are sorted by start.
 */
export function findSegments(
  items: readonly Extent[],
  maxGap: number,
  neverRead: readonly AddressSpan[],
): Segment[] {
  const segments: Segment[] = [];
  let open: Segment | undefined;
  for (const { start, length } of items) {
    const end = start + length;
    if (open && start - open.end <= maxGap && !isForbidden(open.end, start, neverRead)) {
      open.end = Math.max(open.end, end);
    } else {
      open = { start, end };
      segments.push(open);
    }
  }
  return segments;
}

/** The segment that holds an address, if any does. */
export function segmentAt(segments: readonly Segment[], address: number): Segment | undefined {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.start ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const found = segments[low - 1];
  return found && address < found.end ? found : undefined;
}

function isForbidden(from: number, to: number, neverRead: readonly AddressSpan[]): boolean {
  return from < to && neverRead.some(([first, last]) => first < to && last >= from);
}
