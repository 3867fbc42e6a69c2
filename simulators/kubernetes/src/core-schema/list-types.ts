/**
 * How lists merge: `field=key,key` for those whose items have keys, `field` for sets. Lists that are
 * not named are replaced as a whole. A table, from the listType markers of k8s.io/api.
 */
const LISTS: Readonly<Record<string, string>> = {
  "admissionregistration.MutatingWebhook": "matchConditions=name",
  "admissionregistration.MutatingWebhookConfiguration": "webhooks=name",
  "admissionregistration.ValidatingWebhook": "matchConditions=name",
  "admissionregistration.ValidatingWebhookConfiguration": "webhooks=name",
  "apps.DaemonSetStatus": "conditions=type",
  "apps.DeploymentStatus": "conditions=type",
  "apps.ReplicaSetStatus": "conditions=type",
  "certificates.CertificateSigningRequestStatus": "conditions=type",
  "core.Container":
    "env=name ports=containerPort,protocol volumeDevices=devicePath volumeMounts=mountPath",
  "core.ContainerStatus": "volumeMounts=mountPath",
  "core.EphemeralContainerCommon":
    "env=name ports=containerPort,protocol volumeDevices=devicePath volumeMounts=mountPath",
  "core.NamespaceStatus": "conditions=type",
  "core.NodeSpec": "podCIDRs",
  "core.NodeStatus": "addresses=type conditions=type",
  "core.PersistentVolumeClaimStatus": "conditions=type",
  "core.PodSpec":
    "containers=name ephemeralContainers=name hostAliases=ip imagePullSecrets=name initContainers=name resourceClaims=name schedulingGates=name topologySpreadConstraints=topologyKey,whenUnsatisfiable volumes=name",
  "core.PodStatus": "conditions=type podIPs=ip",
  "core.ResourceRequirements": "claims=name",
  "core.ServiceAccount": "secrets=name",
  "core.ServiceSpec": "ports=port,protocol",
  "core.ServiceStatus": "conditions=type",
  "core.VolumeResourceRequirements": "claims=name",
  "crd.Status": "conditions=type",
  "meta.ObjectMeta": "finalizers ownerReferences=uid",
};

/** Structures that have one owner as a whole. */
const ATOMIC: ReadonlySet<string> = new Set([
  "core.ConfigMapKeySelector",
  "core.LocalObjectReference",
  "core.NodeSelector",
  "core.NodeSelectorTerm",
  "core.ObjectFieldSelector",
  "core.ObjectReference",
  "core.ResourceFieldSelector",
  "core.ScopeSelector",
  "core.ScopedResourceSelectorRequirement",
  "core.SecretKeySelector",
  "core.SecretReference",
  "core.TypedLocalObjectReference",
  "meta.LabelSelector",
  "meta.OwnerReference",
  "rbac.RoleRef",
  "rbac.Subject",
]);

/** Replaced rather than merged by a strategic patch, but for the keys that it retains. */
const RETAINS_KEYS: ReadonlySet<string> = new Set([
  "core.PodSpec.volumes",
  "apps.DeploymentSpec.strategy",
]);

/** Keys that an item need not give, since the server fills them in. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = {
  "core.ContainerPort.protocol": "TCP",
  "core.ServicePort.protocol": "TCP",
};

/** The `x-kubernetes-*` members of one field's schema, and its default where a key has one. */
export function mergeMarks(message: string, field: string, isList: boolean): object {
  const retains = RETAINS_KEYS.has(`${message}.${field}`);
  const keyDefault = KEY_DEFAULTS[`${message}.${field}`];
  if (!isList) {
    return {
      ...(keyDefault === undefined ? {} : { default: keyDefault }),
      ...(retains ? { "x-kubernetes-patch-strategy": "retainKeys" } : {}),
    };
  }
  const entry = (LISTS[message] ?? "").split(" ").find((each) => each.split("=")[0] === field);
  if (entry === undefined) return { "x-kubernetes-list-type": "atomic" };
  const keys = entry.split("=")[1]?.split(",") ?? [];
  if (keys.length === 0) {
    return { "x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge" };
  }
  return {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": keys,
    "x-kubernetes-patch-merge-key": keys[0],
    "x-kubernetes-patch-strategy": retains ? "merge,retainKeys" : "merge",
  };
}

export function isAtomic(message: string): boolean {
  return ATOMIC.has(message);
}
