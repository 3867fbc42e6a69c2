import type { NodeFacts } from "./node-facts.ts";

/** The Kubernetes API that this edge speaks, and ours, as KubeEdge joins the two. */
const VERSION = "v1.32.0-mapperkit-v0.1.0";
export const LEASE_SECONDS = 40;

/** The Node as the edge registers it (edged-pods.md §7.2). */
export function nodeObject(name: string, facts: NodeFacts, now: number): object {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: labelsOf(name, facts) },
    spec: {},
    status: nodeStatus(name, facts, now),
  };
}

/** The same for a Node that is there already. */
export function nodePatch(name: string, facts: NodeFacts, now: number): object {
  return { metadata: { labels: labelsOf(name, facts) }, status: nodeStatus(name, facts, now) };
}

export function leaseObject(name: string, now: number): object {
  // A MicroTime: Kubernetes refuses fewer digits.
  const renewTime = new Date(now).toISOString().replace("Z", "000Z");
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "kube-node-lease" },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
  };
}

function labelsOf(name: string, { architecture, operatingSystem }: NodeFacts) {
  return {
    "kubernetes.io/hostname": name,
    "kubernetes.io/arch": architecture,
    "kubernetes.io/os": operatingSystem,
    "node-role.kubernetes.io/edge": "",
  };
}

function nodeStatus(name: string, facts: NodeFacts, now: number) {
  // No pods: nothing here runs them, so the scheduler must not bring any.
  const amounts = { cpu: String(facts.cpus), memory: `${facts.memoryKi}Ki`, pods: "0" };
  const { kernelVersion, osImage, architecture, operatingSystem } = facts;
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return {
    capacity: amounts,
    allocatable: amounts,
    addresses: [
      ...(facts.address ? [{ type: "InternalIP", address: facts.address }] : []),
      { type: "Hostname", address: name },
    ],
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "EdgeReady",
        message: "edge is posting ready status",
        lastHeartbeatTime: time,
        lastTransitionTime: time,
      },
    ],
    nodeInfo: {
      ...{ machineID: "", systemUUID: "", bootID: "", containerRuntimeVersion: "" },
      ...{ kernelVersion, osImage, architecture, operatingSystem },
      ...{ kubeletVersion: VERSION, kubeProxyVersion: "" },
    },
  };
}
