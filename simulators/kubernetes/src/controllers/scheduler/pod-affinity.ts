import { isJsonObject } from "../../objects/index.ts";
import { type Node, type Pod, selects } from "../cluster/index.ts";

interface Term {
  readonly topologyKey?: string;
  readonly labelSelector?: unknown;
  readonly namespaces?: readonly string[];
}

export interface Placed {
  readonly pod: Pod;
  readonly node: Node;
}

/** Why pods that run already keep this one off the node, in Kubernetes' words. */
export function affinityFault(pod: Pod, node: Node, placed: readonly Placed[]): string | undefined {
  if (!termsOf(pod, "podAffinity").every((term) => isNear(pod, term, { node, placed }))) {
    return "node(s) didn't match pod affinity rules";
  }
  const isKeptOff = termsOf(pod, "podAntiAffinity").some((term) =>
    placed.some((other) => sameDomain(term, node, other.node) && matches(term, pod, other.pod)),
  );
  if (isKeptOff) return "node(s) didn't match pod anti-affinity rules";
  const isUnwelcome = placed.some((other) =>
    termsOf(other.pod, "podAntiAffinity").some(
      (term) => sameDomain(term, node, other.node) && matches(term, other.pod, pod),
    ),
  );
  return isUnwelcome ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}

/** The first of a group that wants to be together has nobody to join. */
function isNear(
  pod: Pod,
  term: Term,
  { node, placed }: { node: Node; placed: readonly Placed[] },
): boolean {
  if (node.metadata.labels?.[term.topologyKey ?? ""] === undefined) return false;
  const wanted = placed.filter((other) => matches(term, pod, other.pod));
  if (wanted.length === 0) return matches(term, pod, pod);
  return wanted.some((other) => sameDomain(term, node, other.node));
}

function matches({ labelSelector, namespaces = [] }: Term, owner: Pod, other: Pod): boolean {
  const own = owner.metadata.namespace ?? "";
  const allowed = namespaces.length > 0 ? namespaces : [own];
  return (
    allowed.includes(other.metadata.namespace ?? own) &&
    selects(labelSelector, other.metadata.labels)
  );
}

function sameDomain({ topologyKey = "" }: Term, a: Node, b: Node): boolean {
  const value = a.metadata.labels?.[topologyKey];
  return value !== undefined && value === b.metadata.labels?.[topologyKey];
}

function termsOf({ spec }: Pod, kind: "podAffinity" | "podAntiAffinity"): Term[] {
  const affinity = spec.affinity?.[kind];
  const terms = isJsonObject(affinity)
    ? affinity.requiredDuringSchedulingIgnoredDuringExecution
    : undefined;
  return Array.isArray(terms) ? terms.filter(isJsonObject) : [];
}
