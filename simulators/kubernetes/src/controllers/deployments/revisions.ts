import { copyOf, sameJson } from "../../objects/index.ts";
import type { Deployment, PodTemplate, ReplicaSet } from "../workloads/index.ts";

export const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MOST = "deployment.kubernetes.io/max-replicas";
const OWN_KEYS = new Set([
  REVISION,
  REVISION_HISTORY,
  DESIRED,
  MOST,
  "kubectl.kubernetes.io/last-applied-configuration",
]);

/** The oldest set that has the deployment's template: the others of its template are history. */
export function currentSet(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  return sets
    .filter(({ spec }) => sameJson(withoutHash(spec.template), plain(deployment.spec.template)))
    .toSorted(byAge)[0];
}

export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  return (
    (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? "") ||
    (a.metadata.name ?? "").localeCompare(b.metadata.name ?? "")
  );
}

/** 0 for a set that never was the current one. */
export function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

/** One more than all others, unless `set` is the highest already. */
export function nextRevision(set: ReplicaSet | undefined, sets: readonly ReplicaSet[]): number {
  const others = sets.filter((each) => each !== set).map(revisionOf);
  const highest = Math.max(0, ...others);
  const own = set === undefined ? 0 : revisionOf(set);
  return own > highest ? own : highest + 1;
}

/** What a set says about its deployment; a revision it had before goes to its history. */
export function annotationsFor(
  deployment: Deployment,
  set: ReplicaSet | undefined,
  o: { readonly revision: number; readonly most: number },
): Record<string, string> {
  const before = set?.metadata.annotations ?? {};
  const own = Object.entries(before).filter(([key]) => OWN_KEYS.has(key));
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !OWN_KEYS.has(key),
  );
  const past = before[REVISION];
  const isNew = past !== undefined && past !== String(o.revision);
  const history = [before[REVISION_HISTORY], past].filter(Boolean).join(",");
  return {
    ...Object.fromEntries([...own, ...copied]),
    [REVISION]: String(o.revision),
    ...(isNew ? { [REVISION_HISTORY]: history } : {}),
    ...sizeAnnotations(deployment, o.most),
  };
}

export function sizeAnnotations({ spec }: Deployment, most: number): Record<string, string> {
  return { [DESIRED]: String(spec.replicas ?? 1), [MOST]: String(most) };
}

/** The template of a set, its hash included. */
export function hashedTemplate({ spec }: Deployment, hash: string): PodTemplate {
  const template = copyOf(spec.template);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return { ...template, metadata: { ...template.metadata, labels } };
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return plain({ ...template, metadata: { ...template.metadata, labels } });
}

/** kubectl sends `creationTimestamp: null` in templates: it says nothing. */
function plain(template: PodTemplate): PodTemplate {
  const { creationTimestamp: _, ...metadata } = template.metadata ?? {};
  return { ...template, metadata };
}
