import type { Node, Pod } from "../cluster/index.ts";
import { isActive } from "../workloads/index.ts";
import { fitsSelectorAndAffinity, preferenceOf } from "./node-affinity.ts";
import { affinityFault, type Placed } from "./pod-affinity.ts";
import { shortages } from "./resource-requests.ts";
import { untolerated } from "./tolerates.ts";

/** Where a pod goes, or in Kubernetes' words why it goes nowhere. */
export type Choice = { readonly node: string } | { readonly fault: string };

const KEEPS_OFF = ["NoSchedule", "NoExecute"];
/** What removing other pods could mend; nothing is removed here. */
const MENDABLE = /^(Insufficient|Too many pods|node\(s\) didn't (match pod anti|satisfy existing))/;

/** The node with the fewest pods among those that fit best. */
export function chooseNode(pod: Pod, nodes: readonly Node[], pods: readonly Pod[]): Choice {
  if (nodes.length === 0) return { fault: "no nodes available to schedule pods" };
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  const placed = pods.filter(isActive).flatMap((each): Placed[] => {
    const node = byName.get(each.spec.nodeName);
    return node === undefined ? [] : [{ pod: each, node }];
  });
  const counts = new Map<string, number>();
  const fitting = nodes.filter((node) => {
    const faults = faultsOf(pod, node, placed);
    for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    return faults.length === 0;
  });
  const best = fitting.toSorted((a, b) => compare(pod, placed, a, b))[0];
  if (best === undefined) return { fault: faultText(nodes.length, counts) };
  return { node: best.metadata.name ?? "" };
}

/** Like Kubernetes, the first filter that refuses decides. */
function faultsOf(pod: Pod, node: Node, placed: readonly Placed[]): string[] {
  const { tolerations = [] } = pod.spec;
  const unschedulable = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  if (
    node.spec?.unschedulable === true &&
    untolerated([unschedulable], tolerations, KEEPS_OFF) !== undefined
  ) {
    return ["node(s) were unschedulable"];
  }
  const taint = untolerated(node.spec?.taints ?? [], tolerations, KEEPS_OFF);
  if (taint !== undefined) {
    return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
  }
  if (!fitsSelectorAndAffinity(pod.spec, node)) {
    return ["node(s) didn't match Pod's node affinity/selector"];
  }
  const others = placed.filter((each) => each.node === node).map((each) => each.pod);
  const short = shortages(pod, node, others);
  if (short.length > 0) return short;
  const fault = affinityFault(pod, node, placed);
  return fault === undefined ? [] : [fault];
}

function compare(pod: Pod, placed: readonly Placed[], a: Node, b: Node): number {
  const load = (node: Node) => placed.filter((each) => each.node === node).length;
  return (
    preferenceOf(pod.spec, b) - preferenceOf(pod.spec, a) ||
    load(a) - load(b) ||
    (a.metadata.name ?? "").localeCompare(b.metadata.name ?? "")
  );
}

function faultText(total: number, counts: ReadonlyMap<string, number>): string {
  const reasons = [...counts].map(([fault, count]) => `${count} ${fault}`).sort();
  const helpless = [...counts].filter(([fault]) => !MENDABLE.test(fault));
  const hopeless = helpless.reduce((sum, [, count]) => sum + count, 0);
  const mendable = total - hopeless;
  const preemption = [
    ...(mendable > 0 ? [`${mendable} No preemption victims found for incoming pod`] : []),
    ...(hopeless > 0 ? [`${hopeless} Preemption is not helpful for scheduling`] : []),
  ].sort();
  return `0/${total} nodes are available: ${reasons.join(", ")}. preemption: 0/${total} nodes are available: ${preemption.join(", ")}.`;
}
