import { isMembers, type Members, member } from "./members.ts";
import { PatchError } from "./patch-error.ts";

/** Merges one item of a list into the one it replaces. */
export type MergeItem = (old: Members, patch: Members) => Members;

/**
 * Merges lists of objects by `mergeKey`. An item `{$patch: delete, <key>: …}` removes, a lone
 * `{$patch: replace}` takes the patch's list as it is.
 */
export function mergeList(
  list: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  mergeItem: MergeItem,
): unknown[] {
  const isReplaced = patch.some((item) => isDirective(item) && item.$patch === "replace");
  if (isReplaced) {
    return patch.filter((item) => !isDirective(item)).map((item) => mergeItem({}, asMembers(item)));
  }
  const result = [...list];
  for (const item of patch) {
    const change = asMembers(item);
    const key = member(change, mergeKey);
    if (key === undefined) {
      throw new PatchError(
        "decode",
        `error decoding patch: map: ${JSON.stringify(change)} does not contain declared merge key: ${mergeKey}`,
      );
    }
    const index = result.findIndex((one) => isMembers(one) && member(one, mergeKey) === key);
    const old = result[index];
    if (change.$patch === "delete") {
      if (index >= 0) result.splice(index, 1);
    } else if (isMembers(old)) result[index] = mergeItem(old, change);
    else result.push(mergeItem({}, change));
  }
  return result;
}

function asMembers(item: unknown): Members {
  if (isMembers(item)) return item;
  throw new PatchError(
    "decode",
    `error decoding patch: an item of a list merged by key must be an object, not ${JSON.stringify(item)}`,
  );
}

/** A list item that holds nothing but `$patch`. */
export function isDirective(value: unknown): value is Members {
  return isMembers(value) && Object.hasOwn(value, "$patch") && Object.keys(value).length === 1;
}

/** `list` without the primitives of `removed`. */
export function removePrimitives(list: readonly unknown[], removed: readonly unknown[]): unknown[] {
  return list.filter((item) => !removed.includes(item));
}

/**
 * Puts `list` in the order of `order`, which names items by key (or primitives by value). Items the
 * order does not name stay behind the item they followed.
 */
export function orderList(
  list: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const keyOf = (item: unknown): unknown =>
    mergeKey !== undefined && isMembers(item) ? member(item, mergeKey) : item;
  const rank = new Map(order.map((item, i) => [keyOf(item), i]));
  const named = list
    .filter((item) => rank.has(keyOf(item)))
    .sort((a, b) => (rank.get(keyOf(a)) ?? 0) - (rank.get(keyOf(b)) ?? 0));
  const result = [...named];
  for (const [i, item] of list.entries()) {
    if (rank.has(keyOf(item))) continue;
    const before = i === 0 ? -1 : result.indexOf(list[i - 1]);
    result.splice(before + 1, 0, item);
  }
  return result;
}
