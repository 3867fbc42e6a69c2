/** What the edge controller reads of a Node or a Lease; the rest passes through. */
export interface NodeObject {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export type NodeKind = "node" | "lease";

/** Nodes and their Leases in Kubernetes. Each throws MapperkitError with `details.status` of the API. */
export interface NodeObjects {
  create(kind: NodeKind, object: NodeObject, signal: AbortSignal): Promise<NodeObject>;
  get(kind: NodeKind, name: string, signal: AbortSignal): Promise<NodeObject>;
  /** Leases only: replaces. */
  replaceLease(lease: NodeObject, signal: AbortSignal): Promise<NodeObject>;
  /** A strategic merge patch of the Node's status. */
  patchStatus(name: string, patch: object, signal: AbortSignal): Promise<NodeObject>;
  /** Nodes with the role `edge`. */
  listEdges(signal: AbortSignal): Promise<readonly NodeObject[]>;
}
