interface Entry<T> {
  readonly dueMs: number;
  readonly order: number;
  readonly item: T;
}

/** Items by the time they are due; of equal times the one that came first. A binary heap. */
export class DeadlineQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first item is due, ms. */
  get firstDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  push(dueMs: number, item: T): void {
    const entry = { dueMs, order: this.#added++, item };
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as Entry<T>;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = entry;
  }

  /** Takes the first item if it is due at `nowMs` or before. */
  takeDue(nowMs: number): { dueMs: number; item: T } | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = this.#heap.pop() as Entry<T>;
    if (last !== first) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      const left = heap[childAt];
      if (left === undefined) break;
      const right = heap[childAt + 1];
      if (right !== undefined && isBefore(right, left)) childAt += 1;
      const child = heap[childAt] as Entry<T>;
      if (!isBefore(child, entry)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = entry;
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
