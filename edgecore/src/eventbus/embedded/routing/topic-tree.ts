interface Level<V> {
  readonly next: Map<string, Level<V>>;
  readonly values: Set<V>;
}

/**
 * Values by topic filter. A look-up costs what a topic has of levels, however many filters there are.
 * Filters and topics are valid: the broker has checked them.
 */
export class TopicTree<V> {
  readonly #root: Level<V> = newLevel();

  add(filter: string, value: V): void {
    let level = this.#root;
    for (const word of filter.split("/")) {
      const next = level.next.get(word) ?? newLevel<V>();
      level.next.set(word, next);
      level = next;
    }
    level.values.add(value);
  }

  remove(filter: string, value: V): void {
    prune(this.#root, filter.split("/"), 0, value);
  }

  /** The values whose filters match (MQTT 3.1.1 §4.7). */
  matching(topic: string): V[] {
    const found: V[] = [];
    const words = topic.split("/");
    // A leading wildcard never matches `$…` (MQTT-4.7.2-1).
    collect(this.#root, words, topic.startsWith("$") ? words[0] : undefined, 0, found);
    return found;
  }
}

function newLevel<V>(): Level<V> {
  return { next: new Map(), values: new Set() };
}

function collect<V>(
  level: Level<V>,
  words: readonly string[],
  only: string | undefined,
  at: number,
  found: V[],
): void {
  const isExact = at === 0 && only !== undefined;
  if (!isExact) {
    const rest = level.next.get("#");
    if (rest) found.push(...rest.values);
  }
  if (at === words.length) {
    found.push(...level.values);
    return;
  }
  const named = level.next.get(words[at] ?? "");
  if (named) collect(named, words, only, at + 1, found);
  const any = isExact ? undefined : level.next.get("+");
  if (any) collect(any, words, only, at + 1, found);
}

/** Whether nothing is left of the level. */
function prune<V>(level: Level<V>, words: readonly string[], at: number, value: V): boolean {
  const word = words[at];
  if (word === undefined) level.values.delete(value);
  else {
    const next = level.next.get(word);
    if (next && prune(next, words, at + 1, value)) level.next.delete(word);
  }
  return level.values.size === 0 && level.next.size === 0;
}
