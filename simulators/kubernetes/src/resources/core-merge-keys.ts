import type { MergeKey, MergeKeys } from "../patch/index.ts";

const byName: MergeKey = { mergeKey: "name", strategy: ["merge"] };
const byIp: MergeKey = { mergeKey: "ip", strategy: ["merge"] };
const byType: MergeKey = { mergeKey: "type", strategy: ["merge"] };
const byUid: MergeKey = { mergeKey: "uid", strategy: ["merge"] };
const merged: MergeKey = { strategy: ["merge"] };

/** Of every kind's metadata. */
const METADATA: Record<string, MergeKey> = {
  "metadata.finalizers": merged,
  "metadata.ownerReferences": byUid,
};

/** patchMergeKey and patchStrategy of k8s.io/api, by kind and dotted path. */
const KINDS: Record<string, Record<string, MergeKey>> = {
  Namespace: { "status.conditions": byType },
  Node: {
    "spec.podCIDRs": merged,
    "status.addresses": byType,
    "status.conditions": byType,
  },
  Pod: podKeys("spec", "status"),
  Deployment: workloadKeys(),
  DaemonSet: workloadKeys(),
  ReplicaSet: workloadKeys(),
  Service: {
    "spec.ports": { mergeKey: "port", strategy: ["merge"] },
    "status.conditions": byType,
  },
  ServiceAccount: { secrets: byName },
  CustomResourceDefinition: {},
};

export function mergeKeysOf(kind: string): MergeKeys {
  const keys = KINDS[kind] ?? {};
  return (path) => keys[path] ?? METADATA[path];
}

function workloadKeys(): Record<string, MergeKey> {
  return {
    ...podKeys("spec.template.spec", "spec.template.status"),
    "spec.strategy": { strategy: ["retainKeys"] },
    "status.conditions": byType,
  };
}

function podKeys(spec: string, status: string): Record<string, MergeKey> {
  const keys: Record<string, MergeKey> = {
    [`${spec}.volumes`]: { mergeKey: "name", strategy: ["merge", "retainKeys"] },
    [`${spec}.imagePullSecrets`]: byName,
    [`${spec}.hostAliases`]: byIp,
    [`${spec}.topologySpreadConstraints`]: { mergeKey: "topologyKey", strategy: ["merge"] },
    [`${status}.conditions`]: byType,
    [`${status}.podIPs`]: byIp,
  };
  for (const containers of ["containers", "initContainers", "ephemeralContainers"]) {
    const path = `${spec}.${containers}`;
    keys[path] = byName;
    keys[`${path}.env`] = byName;
    keys[`${path}.ports`] = { mergeKey: "containerPort", strategy: ["merge"] };
    keys[`${path}.volumeMounts`] = { mergeKey: "mountPath", strategy: ["merge"] };
    keys[`${path}.volumeDevices`] = { mergeKey: "devicePath", strategy: ["merge"] };
  }
  return keys;
}
