import type { NodeKind, NodeObject, NodeObjects } from "../../edgecontroller/index.ts";
import type { KubeClient } from "../client/kube-client.ts";
import { LEASES, NODES } from "../client/kube-resource.ts";

/** Where Kubernetes keeps the heartbeats of nodes. */
const LEASE_NAMESPACE = "kube-node-lease";
const EDGES = "node-role.kubernetes.io/edge";

/** Nodes and their Leases through the API. */
export class KubeNodeObjects implements NodeObjects {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  create(kind: NodeKind, object: NodeObject, signal: AbortSignal): Promise<NodeObject> {
    if (kind === "lease") return this.#client.create(LEASES, leaseOf(object), { signal });
    const { metadata } = object;
    const node = { ...object, metadata, apiVersion: "v1", kind: "Node" };
    return this.#client.create(NODES, node, { signal });
  }

  get(kind: NodeKind, name: string, signal: AbortSignal): Promise<NodeObject> {
    if (kind === "node") return this.#client.get(NODES, { name }, signal);
    return this.#client.get(LEASES, { namespace: LEASE_NAMESPACE, name }, signal);
  }

  replaceLease(lease: NodeObject, signal: AbortSignal): Promise<NodeObject> {
    return this.#client.update(LEASES, leaseOf(lease), { signal });
  }

  patchStatus(name: string, patch: object, signal: AbortSignal): Promise<NodeObject> {
    const options = { patch, subresource: "status", signal } as const;
    return this.#client.strategicMergePatch(NODES, { name }, options);
  }

  async listEdges(signal: AbortSignal): Promise<readonly NodeObject[]> {
    const nodes: NodeObject[] = [];
    let token: string | undefined;
    do {
      const query = { limit: 500, labelSelector: EDGES, ...(token && { continue: token }) };
      const page = await this.#client.listPage(NODES, query, signal);
      nodes.push(...page.items);
      token = page.continueToken;
    } while (token);
    return nodes;
  }
}

/** Whatever an edge wrote: a node's Lease lies in one namespace only. */
function leaseOf(object: NodeObject) {
  return {
    ...object,
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...object.metadata, namespace: LEASE_NAMESPACE },
  };
}
