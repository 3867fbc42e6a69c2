import { isJsonObject } from "../../objects/index.ts";
import { type Node, type Pod, referenceTo, type Toleration } from "../cluster/index.ts";
import { fitsSelectorAndAffinity, untolerated } from "../scheduler/index.ts";
import { DAEMON_SETS, type DaemonSet, templateHash } from "../workloads/index.ts";

export const HASH_LABEL = "controller-revision-hash";

const PREFIX = "node.kubernetes.io/";
/** A daemon stays where others have to go. */
const TOLERATIONS: readonly Toleration[] = [
  { key: `${PREFIX}not-ready`, operator: "Exists", effect: "NoExecute" },
  { key: `${PREFIX}unreachable`, operator: "Exists", effect: "NoExecute" },
  { key: `${PREFIX}disk-pressure`, operator: "Exists", effect: "NoSchedule" },
  { key: `${PREFIX}memory-pressure`, operator: "Exists", effect: "NoSchedule" },
  { key: `${PREFIX}pid-pressure`, operator: "Exists", effect: "NoSchedule" },
  { key: `${PREFIX}unschedulable`, operator: "Exists", effect: "NoSchedule" },
];

/** Whether the node ought to get a pod of the set, and whether one that is there may stay. */
export function placeOf(set: DaemonSet, node: Node): { runs: boolean; stays: boolean } {
  const { spec } = set.spec.template;
  if (!fitsSelectorAndAffinity(spec, node)) return { runs: false, stays: false };
  const tolerations = [...(spec.tolerations ?? []), ...TOLERATIONS];
  const { taints = [] } = node.spec ?? {};
  const stays = untolerated(taints, tolerations, ["NoExecute"]) === undefined;
  const runs = stays && untolerated(taints, tolerations, ["NoSchedule"]) === undefined;
  return { runs, stays };
}

/** The node that a pod of a set is meant for, be it placed already or not. */
export function nodeOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const affinity = spec.affinity?.nodeAffinity;
  const required = isJsonObject(affinity)
    ? affinity.requiredDuringSchedulingIgnoredDuringExecution
    : undefined;
  const terms = isJsonObject(required) ? required.nodeSelectorTerms : undefined;
  const [term] = Array.isArray(terms) ? terms : [];
  const [field] = isJsonObject(term) && Array.isArray(term.matchFields) ? term.matchFields : [];
  return isJsonObject(field) && Array.isArray(field.values) ? String(field.values[0]) : undefined;
}

export function hashOf({ spec }: DaemonSet): string {
  return templateHash(spec.template);
}

/** A pod of the set that no other node can take. */
export function daemonPod(set: DaemonSet, node: string): object {
  const { metadata = {}, spec } = set.spec.template;
  const labels = {
    ...metadata.labels,
    [HASH_LABEL]: hashOf(set),
    "pod-template-generation": String(set.metadata.generation ?? 1),
  };
  const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const nodeAffinity = {
    ...(isJsonObject(spec.affinity?.nodeAffinity) ? spec.affinity.nodeAffinity : {}),
    requiredDuringSchedulingIgnoredDuringExecution: required,
  };
  return {
    metadata: {
      generateName: `${set.metadata.name}-`,
      labels,
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ownerReferences: [referenceTo(DAEMON_SETS, set)],
    },
    spec: {
      ...spec,
      affinity: { ...spec.affinity, nodeAffinity },
      tolerations: [...(spec.tolerations ?? []), ...TOLERATIONS],
    },
  };
}
