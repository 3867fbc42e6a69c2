import type { KubeObject } from "../objects/kube-object.ts";
import type { ServedResource } from "../resources/index.ts";
import { parseFieldSelector, selectedName } from "./field-selector.ts";
import { parseLabelSelector } from "./label-selector.ts";

/** What a list, a watch or a delete of many is about. */
export interface Selection {
  /** Undefined: every object. */
  readonly matches: ((object: KubeObject) => boolean) | undefined;
  /** When only one name can match. */
  readonly name: string | undefined;
}

/** @throws StatusError 400 for a selector that cannot be read */
export function parseSelection(
  resource: ServedResource,
  { labels, fields }: { readonly labels: string; readonly fields: string },
): Selection {
  const byLabel = parseLabelSelector(labels);
  const byField = parseFieldSelector(fields, resource);
  const name = selectedName(fields);
  if (byLabel === undefined && byField === undefined) return { matches: undefined, name };
  const matches = (object: KubeObject) =>
    (byField?.(object) ?? true) && (byLabel?.(object.metadata.labels ?? {}) ?? true);
  return { matches, name };
}
