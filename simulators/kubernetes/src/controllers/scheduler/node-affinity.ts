import { isJsonObject } from "../../objects/index.ts";
import { holds, type Node, type PodSpec, requirementsOf } from "../cluster/index.ts";

/** Whether the pod's nodeSelector and its required node affinity let it onto the node. */
export function fitsSelectorAndAffinity(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const isSelected = Object.entries(spec.nodeSelector ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  if (!isSelected) return false;
  const required = affinityOf(spec).requiredDuringSchedulingIgnoredDuringExecution;
  if (!isJsonObject(required)) return true;
  return listOf(required.nodeSelectorTerms).some((term) => fitsTerm(term, node));
}

/** The sum of the weights of the preferences that the node fulfils. */
export function preferenceOf(spec: PodSpec, node: Node): number {
  const preferred = affinityOf(spec).preferredDuringSchedulingIgnoredDuringExecution;
  return listOf(preferred)
    .filter(({ preference }) => isJsonObject(preference) && fitsTerm(preference, node))
    .reduce((sum, { weight }) => sum + (typeof weight === "number" ? weight : 0), 0);
}

/** A term that asks for nothing fits nothing. */
function fitsTerm(term: Record<string, unknown>, { metadata }: Node): boolean {
  const byLabel = requirementsOf(term.matchExpressions);
  const byField = requirementsOf(term.matchFields);
  if (byLabel.length + byField.length === 0) return false;
  const fields = { "metadata.name": metadata.name ?? "" };
  return (
    byLabel.every((one) => holds(one, metadata.labels ?? {})) &&
    byField.every((one) => holds(one, fields))
  );
}

function affinityOf({ affinity }: PodSpec): Record<string, unknown> {
  return isJsonObject(affinity?.nodeAffinity) ? affinity.nodeAffinity : {};
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
