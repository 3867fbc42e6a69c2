/** One kind of object as the API server serves it. The core group is `""`. */
export interface KubeResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface ObjectRef {
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

export function collectionPath(resource: KubeResource, namespace?: string): string {
  const root = resource.group
    ? `/apis/${resource.group}/${resource.version}`
    : `/api/${resource.version}`;
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${resource.plural}`;
}

export function objectPath(resource: KubeResource, ref: ObjectRef, subresource?: string): string {
  const object = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource ? `${object}/${subresource}` : object;
}

const DEVICES_GROUP = "devices.kubeedge.io";
export const DEVICES: KubeResource = {
  group: DEVICES_GROUP,
  version: "v1beta1",
  plural: "devices",
};
export const DEVICE_MODELS: KubeResource = {
  group: DEVICES_GROUP,
  version: "v1beta1",
  plural: "devicemodels",
};
export const CUSTOM_RESOURCE_DEFINITIONS: KubeResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
};
export const VALIDATING_WEBHOOKS: KubeResource = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural: "validatingwebhookconfigurations",
};
export const EVENTS: KubeResource = { group: "", version: "v1", plural: "events" };
export const NAMESPACES: KubeResource = { group: "", version: "v1", plural: "namespaces" };
export const SECRETS: KubeResource = { group: "", version: "v1", plural: "secrets" };
export const CONFIG_MAPS: KubeResource = { group: "", version: "v1", plural: "configmaps" };
export const NODES: KubeResource = { group: "", version: "v1", plural: "nodes" };
export const LEASES: KubeResource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
};
export const OBJECT_SYNCS: KubeResource = {
  group: "reliablesyncs.kubeedge.io",
  version: "v1alpha1",
  plural: "objectsyncs",
};
export const RULES: KubeResource = { group: "rules.kubeedge.io", version: "v1", plural: "rules" };
export const RULE_ENDPOINTS: KubeResource = { ...RULES, plural: "ruleendpoints" };
