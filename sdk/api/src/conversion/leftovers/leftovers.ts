import { isEqual, isObject, type Json, withMember } from "../json.ts";

/**
 * One thing that the other version cannot express. `was` is the anchor: what the conversion derives
 * at this place (absent: nothing). If it still derives the same, `is` is put there (absent: nothing
 * is); if somebody has changed the object since, the derived value is the truer one.
 */
export interface Leftover {
  /** Names of members and keys of list items, from the root. */
  at: string[];
  was?: unknown;
  is?: unknown;
  /** Set if was and is are the order of a list's keys. */
  order?: true;
}

/** What is special about some places of a kind, by path with `*` for any name. */
export interface Shape {
  /** Lists whose items are told apart by this field. */
  keys: Readonly<Record<string, string>>;
  /** Places of which the parts hang together: kept or dropped as a whole. */
  whole: ReadonlySet<string>;
  /** Places that always follow from something else. */
  derived?: ReadonlySet<string>;
}

/** What must be changed in `derived` to make `actual`. Neither is changed. */
export function findLeftovers(derived: Json, actual: Json, shape: Shape): Leftover[] {
  const found: Leftover[] = [];
  compare(derived, actual, [], shape, found);
  return found;
}

/** A copy of `derived` with the leftovers put back whose anchor still matches. */
export function restoreLeftovers(derived: Json, items: readonly unknown[], shape: Shape): Json {
  let result = derived;
  for (const item of items) {
    if (!isLeftover(item)) continue;
    const restored = restoreAt(result, item.at, 0, item, shape);
    if (isObject(restored)) result = restored;
  }
  return result;
}

function isLeftover(item: unknown): item is Leftover {
  return (
    isObject(item) &&
    Array.isArray(item.at) &&
    item.at.length > 0 &&
    item.at.every((step) => typeof step === "string")
  );
}

function compare(
  derived: unknown,
  actual: unknown,
  at: readonly string[],
  shape: Shape,
  found: Leftover[],
): void {
  if (shape.derived && matches(shape.derived, at)) return;
  const isWhole = matches(shape.whole, at);
  if (!isWhole && isObject(derived) && isObject(actual)) {
    for (const key of unionOf(Object.keys(derived), Object.keys(actual)).sort()) {
      compare(own(derived, key), own(actual, key), [...at, key], shape, found);
    }
    return;
  }
  const key = listKey(shape, at);
  const derivedItems = key ? itemsByKey(derived, key) : undefined;
  const actualItems = key ? itemsByKey(actual, key) : undefined;
  if (!isWhole && derivedItems && actualItems) {
    compareItems(derivedItems, actualItems, at, shape, found);
    return;
  }
  if (!isEqual(derived, actual)) found.push(leftover(at, derived, actual));
}

function compareItems(
  derived: ReadonlyMap<string, unknown>,
  actual: ReadonlyMap<string, unknown>,
  at: readonly string[],
  shape: Shape,
  found: Leftover[],
): void {
  for (const key of unionOf([...derived.keys()], [...actual.keys()])) {
    compare(derived.get(key), actual.get(key), [...at, key], shape, found);
  }
  // The order that putting the items right brings by itself.
  const order = unionOf(
    [...derived.keys()].filter((key) => actual.has(key)),
    [...actual.keys()],
  );
  const wanted = [...actual.keys()];
  if (!isEqual(order, wanted)) found.push({ at: [...at], was: order, is: wanted, order: true });
}

function leftover(at: readonly string[], was: unknown, is: unknown): Leftover {
  return {
    at: [...at],
    ...(was === undefined ? {} : { was }),
    ...(is === undefined ? {} : { is }),
  };
}

/** The value to put in place of `node`; `node` itself if the anchor does not match. */
function restoreAt(
  node: unknown,
  at: readonly string[],
  depth: number,
  item: Leftover,
  shape: Shape,
): unknown {
  if (depth === at.length) {
    if (item.order) return reorder(node, item, listKey(shape, at));
    return isEqual(node, item.was) ? item.is : node;
  }
  const step = at[depth] as string;
  if (isObject(node)) {
    const before = own(node, step);
    const after = restoreAt(before, at, depth + 1, item, shape);
    return after === before ? node : withMember(node, step, after);
  }
  const key = listKey(shape, at.slice(0, depth));
  const items = key ? itemsByKey(node, key) : undefined;
  if (!items) return node;
  const before = items.get(step);
  const after = restoreAt(before, at, depth + 1, item, shape);
  if (after === before) return node;
  if (after === undefined) items.delete(step);
  else items.set(step, after);
  return [...items.values()];
}

function reorder(node: unknown, { was, is }: Leftover, key: string | undefined): unknown {
  const items = key ? itemsByKey(node, key) : undefined;
  if (!items || !isEqual([...items.keys()], was) || !Array.isArray(is)) return node;
  if (!isEqual([...is].sort(), [...items.keys()].sort())) return node;
  return is.map((name) => items.get(name));
}

/** Undefined unless each item is an object with a key of its own. */
function itemsByKey(list: unknown, key: string): Map<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = new Map<string, unknown>();
  for (const item of list) {
    const name = own(item, key);
    if (typeof name !== "string" || items.has(name)) return undefined;
    items.set(name, item);
  }
  return items;
}

function listKey(shape: Shape, at: readonly string[]): string | undefined {
  const path = at.join("/");
  return Object.hasOwn(shape.keys, path) ? shape.keys[path] : undefined;
}

function matches(paths: ReadonlySet<string>, at: readonly string[]): boolean {
  return paths.has(at.join("/")) || (at.length === 4 && paths.has(starred(at)));
}

/** Items of a list are the third step in all our kinds: e.g. `reported` of one of `status/twins`. */
function starred(at: readonly string[]): string {
  return `${at[0]}/${at[1]}/*/${at[3]}`;
}

function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function unionOf(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}
