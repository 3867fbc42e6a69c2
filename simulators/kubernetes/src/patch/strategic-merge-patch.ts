import { isMembers, type Members, member, setMember } from "./members.ts";
import { isDirective, mergeList, orderList, removePrimitives } from "./merge-list.ts";
import { PatchError } from "./patch-error.ts";

/** How a field of a core type is merged, from its `x-kubernetes-patch-*` extensions. */
export interface MergeKey {
  readonly mergeKey?: string;
  /** `merge`, `replace`, `retainKeys`. */
  readonly strategy?: readonly string[];
}

/** Looks up a field by its dotted path without list indexes: `spec.containers.ports`. */
export type MergeKeys = (path: string) => MergeKey | undefined;

const PATCH = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_PREFIX = "$deleteFromPrimitiveList/";
const ORDER_PREFIX = "$setElementOrder/";
const MAX_DEPTH = 256;

/**
 * Applies a strategic merge patch. Neither argument is changed; the result may share parts with
 * both. @throws PatchError `decode` when a directive is used wrongly.
 * @see k8s.io/apimachinery/pkg/util/strategicpatch
 */
export function applyStrategicMergePatch(
  document: unknown,
  patch: unknown,
  mergeKeys: MergeKeys,
): unknown {
  if (!isMembers(patch)) throw wrong("the patch must be an object");
  return mergeMembers(isMembers(document) ? document : {}, patch, {
    path: "",
    mergeKeys,
    depth: 0,
  });
}

/** Where in the document a merge is. */
interface Place {
  readonly path: string;
  readonly mergeKeys: MergeKeys;
  readonly depth: number;
}

function wrong(text: string): PatchError {
  return new PatchError("decode", `error decoding patch: ${text}`);
}

/** Merges one object; the directives of `patch` do not reach the result. */
function mergeMembers(document: Members, patch: Members, place: Place): Members {
  if (place.depth > MAX_DEPTH) throw wrong(`the patch is nested deeper than ${MAX_DEPTH} levels`);
  const directive = member(patch, PATCH);
  if (directive === "replace") return withoutDirectives(patch);
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") {
    throw wrong(`unknown patch type ${JSON.stringify(directive)} in ${place.path || "the patch"}`);
  }
  const result = retained(document, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(DELETE_PREFIX)) deletePrimitives(result, name, value);
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$")) continue;
    if (value === null) delete result[name];
    else mergeMember(result, name, value, placeOf(name, place));
  }
  for (const [name, order] of Object.entries(patch)) {
    if (name.startsWith(ORDER_PREFIX)) setOrder(result, name, order, place);
  }
  return result;
}

function placeOf(name: string, place: Place): Place {
  const path = place.path === "" ? name : `${place.path}.${name}`;
  return { ...place, path, depth: place.depth + 1 };
}

function retained(document: Members, patch: Members): Members {
  const keys = member(patch, RETAIN_KEYS);
  if (keys === undefined) return { ...document };
  if (!Array.isArray(keys)) throw wrong(`${RETAIN_KEYS} must be a list`);
  return Object.fromEntries(Object.entries(document).filter(([name]) => keys.includes(name)));
}

function mergeMember(result: Members, name: string, value: unknown, place: Place): void {
  const old = member(result, name);
  if (isMembers(value)) {
    if (isDeleted(value)) {
      delete result[name];
      return;
    }
    const strategy = place.mergeKeys(place.path)?.strategy ?? [];
    const base = isMembers(old) && !strategy.includes("replace") ? old : {};
    setMember(result, name, mergeMembers(base, value, place));
  } else if (Array.isArray(value)) {
    setMember(result, name, mergeLists(old, value, place));
  } else {
    setMember(result, name, value);
  }
}

function isDeleted(value: Members): boolean {
  return member(value, PATCH) === "delete";
}

function mergeLists(old: unknown, patch: readonly unknown[], place: Place): unknown {
  const { mergeKey, strategy = [] } = place.mergeKeys(place.path) ?? {};
  if (!strategy.includes("merge")) return patch.filter((v) => !isDirective(v)).map(clean);
  const list = Array.isArray(old) ? old : [];
  if (mergeKey !== undefined) {
    return mergeList(list, patch, mergeKey, (item, change) => mergeMembers(item, change, place));
  }
  const added = patch.filter((item) => !list.includes(item));
  return [...list, ...new Set(added)];
}

function clean(value: unknown): unknown {
  return isMembers(value) ? withoutDirectives(value) : value;
}

/** The members of `patch` that are not directives, at any depth. */
function withoutDirectives(patch: Members, depth = 0): Members {
  if (depth > MAX_DEPTH) throw wrong(`the patch is nested deeper than ${MAX_DEPTH} levels`);
  const result: Members = {};
  for (const [name, value] of Object.entries(patch)) {
    const isNoise =
      name === PATCH ||
      name === RETAIN_KEYS ||
      name.startsWith(DELETE_PREFIX) ||
      name.startsWith(ORDER_PREFIX);
    if (isNoise || value === null) continue;
    setMember(result, name, isMembers(value) ? withoutDirectives(value, depth + 1) : value);
  }
  return result;
}

function deletePrimitives(result: Members, name: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrong(`${name} must be a list`);
  const field = name.slice(DELETE_PREFIX.length);
  const list = member(result, field);
  if (Array.isArray(list)) setMember(result, field, removePrimitives(list, value));
}

function setOrder(result: Members, name: string, order: unknown, place: Place): void {
  if (!Array.isArray(order)) throw wrong(`${name} must be a list`);
  const field = name.slice(ORDER_PREFIX.length);
  const list = member(result, field);
  if (!Array.isArray(list)) return;
  const { mergeKey } = place.mergeKeys(placeOf(field, place).path) ?? {};
  setMember(result, field, orderList(list, order, mergeKey));
}
