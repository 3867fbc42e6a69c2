/** As Kubernetes names its nodes' users, and KubeEdge its edges' certificates (cloudhub-wire §3.12). */
export const NODES_ORGANIZATION = "system:nodes";
const PREFIX = "system:node:";

/** RFC 1123 subdomain, as Kubernetes wants a node's name. */
const NODE_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function isNodeName(name: string): boolean {
  return NODE_NAME.test(name);
}

export function commonNameOf(node: string): string {
  return `${PREFIX}${node}`;
}

/** The node that a certificate's subject names; undefined when it is no node's. */
export function nodeOfSubject(subject: { CN?: unknown; O?: unknown }): string | undefined {
  const { CN: name, O: organization } = subject;
  if (typeof name !== "string" || !name.startsWith(PREFIX)) return undefined;
  if (organization !== NODES_ORGANIZATION) return undefined;
  const node = name.slice(PREFIX.length);
  return isNodeName(node) ? node : undefined;
}
