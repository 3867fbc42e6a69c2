import { requestStrategy } from "../certificates/request-strategy.ts";
import { mergeSchemaOf, TypedSchema } from "../core-schema/index.ts";
import { groupVersion, type KubeObject } from "../objects/kube-object.ts";
import { columnsOfCrd, coreColumns } from "../printing/index.ts";
import { messageOfKind } from "../protobuf/message-table.ts";
import { fieldsOf } from "./core-fields.ts";
import { mergeKeysOf } from "./core-merge-keys.ts";
import { eventsV1Codec } from "./events-codec.ts";
import { configMapStrategy, secretStrategy } from "./kinds/config-data.ts";
import { podStrategy } from "./kinds/pods.ts";
import { roleBindingStrategy } from "./kinds/role-bindings.ts";
import { serviceStrategy } from "./kinds/services.ts";
import { claimStrategy, volumeStrategy } from "./kinds/volumes.ts";
import { webhookConfigurationStrategy } from "./kinds/webhook-configurations.ts";
import {
  identityCodec,
  type ServedResource,
  STORED_VERBS,
  type Strategy,
} from "./served-resource.ts";
import { workloadStrategy } from "./workloads.ts";

type Row = readonly [
  group: string,
  version: string,
  plural: string,
  kind: string,
  scope: "ns" | "cluster",
  more?: Partial<Omit<ServedResource, "strategy">> & { strategy?: Partial<Strategy> },
];

const RBAC = "rbac.authorization.k8s.io";
const ADMISSION = "admissionregistration.k8s.io";
const STATUS = { subresources: { status: true } };
const BINDINGS = { strategy: roleBindingStrategy };
const PATH_NAMES = { strategy: { nameRule: "path" } } as const;
const WEBHOOKS = { strategy: webhookConfigurationStrategy };

const SCALE = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
} as const;
const WORKLOADS: readonly Row[] = (
  [
    ["deployments", "Deployment", "deploy", SCALE],
    ["daemonsets", "DaemonSet", "ds", undefined],
    ["replicasets", "ReplicaSet", "rs", SCALE],
  ] as const
).map(([plural, kind, shortName, scale]) => [
  "apps",
  "v1",
  plural,
  kind,
  "ns",
  {
    shortNames: [shortName],
    categories: ["all"],
    subresources: { status: true, scale },
    strategy: workloadStrategy(kind),
  },
]);

const ROWS: readonly Row[] = [
  ["", "v1", "configmaps", "ConfigMap", "ns", { shortNames: ["cm"], strategy: configMapStrategy }],
  ["", "v1", "endpoints", "Endpoints", "ns", { shortNames: ["ep"], singular: "endpoints" }],
  ["", "v1", "events", "Event", "ns", { shortNames: ["ev"] }],
  ["", "v1", "limitranges", "LimitRange", "ns", { shortNames: ["limits"] }],
  [
    "",
    "v1",
    "namespaces",
    "Namespace",
    "cluster",
    {
      shortNames: ["ns"],
      ...STATUS,
      strategy: { nameRule: "label", prepare: prepareNamespace, beginDeletion: terminateNamespace },
    },
  ],
  [
    "",
    "v1",
    "nodes",
    "Node",
    "cluster",
    { shortNames: ["no"], ...STATUS, strategy: { takesMetadataThroughStatus: true } },
  ],
  [
    "",
    "v1",
    "pods",
    "Pod",
    "ns",
    {
      shortNames: ["po"],
      categories: ["all"],
      ...STATUS,
      strategy: podStrategy,
    },
  ],
  ["", "v1", "resourcequotas", "ResourceQuota", "ns", { shortNames: ["quota"], ...STATUS }],
  ["", "v1", "secrets", "Secret", "ns", { strategy: secretStrategy }],
  [
    "",
    "v1",
    "serviceaccounts",
    "ServiceAccount",
    "ns",
    {
      shortNames: ["sa"],
      subresources: { status: false, token: true },
      strategy: { answersDeletedObject: true },
    },
  ],
  [
    "",
    "v1",
    "services",
    "Service",
    "ns",
    { shortNames: ["svc"], categories: ["all"], ...STATUS, strategy: serviceStrategy },
  ],
  ...WORKLOADS,
  [
    "certificates.k8s.io",
    "v1",
    "certificatesigningrequests",
    "CertificateSigningRequest",
    "cluster",
    {
      shortNames: ["csr"],
      subresources: { status: true, approval: true },
      strategy: requestStrategy,
    },
  ],
  [
    "",
    "v1",
    "persistentvolumeclaims",
    "PersistentVolumeClaim",
    "ns",
    { shortNames: ["pvc"], ...STATUS, strategy: claimStrategy },
  ],
  [
    "",
    "v1",
    "persistentvolumes",
    "PersistentVolume",
    "cluster",
    { shortNames: ["pv"], ...STATUS, strategy: volumeStrategy },
  ],
  ["coordination.k8s.io", "v1", "leases", "Lease", "ns"],
  [
    "events.k8s.io",
    "v1",
    "events",
    "Event",
    "ns",
    { shortNames: ["ev"], codec: eventsV1Codec, storage: "events" },
  ],
  [RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", "cluster", BINDINGS],
  [RBAC, "v1", "clusterroles", "ClusterRole", "cluster", PATH_NAMES],
  [RBAC, "v1", "rolebindings", "RoleBinding", "ns", BINDINGS],
  [RBAC, "v1", "roles", "Role", "ns", PATH_NAMES],
  [
    ADMISSION,
    "v1",
    "mutatingwebhookconfigurations",
    "MutatingWebhookConfiguration",
    "cluster",
    WEBHOOKS,
  ],
  [
    ADMISSION,
    "v1",
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration",
    "cluster",
    WEBHOOKS,
  ],
];

const COMMON: Strategy = {
  hasGeneration: false,
  needsVersionOnUpdate: false,
  answersDeletedObject: false,
  takesMetadataThroughStatus: false,
  nameRule: "subdomain",
};

/** The kinds that every cluster has, beside CustomResourceDefinition and the reviews. */
export function coreResources(): ServedResource[] {
  return ROWS.map(fromRow);
}

/** One built-in resource from what is particular about it. */
export function fromRow([group, version, plural, kind, scope, more = {}]: Row): ServedResource {
  const message = messageOfKind(groupVersion(group, version), kind);
  const schema = message === undefined ? undefined : new TypedSchema(message);
  return {
    group,
    version,
    plural,
    kind,
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: [],
    categories: [],
    namespaced: scope === "ns",
    verbs: STORED_VERBS,
    storage: group === "" ? plural : `${plural}.${group}`,
    custom: false,
    subresources: { status: false },
    codec: identityCodec,
    columns: coreColumns(group, plural) ?? columnsOfCrd(undefined),
    mergeKeys: mergeKeysOf(kind),
    fields: fieldsOf(group, plural),
    ...more,
    message,
    schema,
    // Made when the first object is written: most kinds never see one.
    get openApiSchema() {
      return message === undefined ? undefined : mergeSchemaOf(message);
    },
    strategy: { ...COMMON, ...more.strategy },
  };
}

function prepareNamespace(object: KubeObject, old: KubeObject | undefined): void {
  const { name } = object.metadata;
  object.metadata.labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": name ?? "" };
  if (old !== undefined) {
    object.spec = old.spec;
    return;
  }
  object.spec = { finalizers: ["kubernetes"] };
  object.status = { phase: "Active" };
}

function terminateNamespace(object: KubeObject): void {
  object.status = { ...(object.status as object), phase: "Terminating" };
}
