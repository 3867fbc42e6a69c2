import type { JsonObject } from "../schema/index.ts";
import { ageOf } from "./age.ts";
import type { ColumnDefinition } from "./column-definition.ts";
import { nameColumn } from "./crd-columns.ts";
import { eventColumns } from "./event-columns.ts";
import { nodeAddress, nodeInfo, nodeRoles, nodeStatus } from "./node-cells.ts";
import { podReady, podRestarts, podStatus } from "./pod-cells.ts";
import { at, labelsText, listAt, numberAt, objectAt, textAt } from "./read.ts";

type Cell = (object: JsonObject, now: number) => unknown;

function column(name: string, cell: Cell, type = "string"): ColumnDefinition {
  return { name, type, format: "", description: "", priority: 0, cell };
}

function wide(name: string, cell: Cell): ColumnDefinition {
  return { ...column(name, cell), priority: 1 };
}

const or =
  (absent: string, ...names: string[]): Cell =>
  (object) =>
    textAt(object, ...names) || absent;

const count =
  (...names: string[]): Cell =>
  (object) =>
    listAt(object, ...names).length;

const number =
  (...names: string[]): Cell =>
  (object) =>
    numberAt(object, ...names);

const age = column("Age", (object, now) => ageOf(at(object, "metadata", "creationTimestamp"), now));
const createdAt = column("Created At", or("", "metadata", "creationTimestamp"), "date");

function dataCount(object: JsonObject): number {
  return [objectAt(object, "data"), objectAt(object, "binaryData")]
    .map((members) => Object.keys(members).length)
    .reduce((a, b) => a + b);
}

function servicePorts(object: JsonObject): string {
  const ports = listAt(object, "spec", "ports").map((port) => {
    const nodePort = numberAt(port, "nodePort");
    const outer = nodePort > 0 ? `:${nodePort}` : "";
    return `${numberAt(port, "port")}${outer}/${textAt(port, "protocol") || "TCP"}`;
  });
  return ports.join(",") || "<none>";
}

function subjects(kind: string): Cell {
  return (object) =>
    listAt(object, "subjects")
      .filter((subject) => textAt(subject, "kind") === kind)
      .map((subject) => {
        const namespace = textAt(subject, "namespace");
        return kind === "ServiceAccount"
          ? `${namespace}/${textAt(subject, "name")}`
          : textAt(subject, "name");
      })
      .join(", ");
}

function bindingColumns(): ColumnDefinition[] {
  return [
    nameColumn,
    column("Role", (o) => `${textAt(o, "roleRef", "kind")}/${textAt(o, "roleRef", "name")}`),
    age,
    wide("Users", subjects("User")),
    wide("Groups", subjects("Group")),
    wide("ServiceAccounts", subjects("ServiceAccount")),
  ];
}

function requestCondition(object: JsonObject): string {
  const types = listAt(object, "status", "conditions").map((c) => textAt(c, "type"));
  const states = ["Approved", "Denied", "Failed"].filter((type) => types.includes(type));
  if (states.length === 0) states.push("Pending");
  if (textAt(object, "status", "certificate")) states.push("Issued");
  return states.join(",");
}

function endpointsText(object: JsonObject): string {
  const ends = listAt(object, "subsets").flatMap((subset) =>
    listAt(subset, "addresses").flatMap((address) => {
      const ip = textAt(address, "ip");
      const ports = listAt(subset, "ports");
      return ports.length === 0 ? [ip] : ports.map((p) => `${ip}:${numberAt(p, "port")}`);
    }),
  );
  if (ends.length === 0) return "<none>";
  const shown = ends.slice(0, 3).join(",");
  return ends.length > 3 ? `${shown} + ${ends.length - 3} more...` : shown;
}

const selector = wide("Selector", (o) =>
  labelsText(objectAt(o, "spec", "selector", "matchLabels")),
);
const templates = (o: JsonObject) => listAt(o, "spec", "template", "spec", "containers");
const containers = wide("Containers", (o) =>
  templates(o)
    .map((container) => textAt(container, "name"))
    .join(","),
);
const images = wide("Images", (o) =>
  templates(o)
    .map((container) => textAt(container, "image"))
    .join(","),
);
const webhooks = [nameColumn, column("Webhooks", count("webhooks"), "integer"), age];

const COLUMNS: Readonly<Record<string, readonly ColumnDefinition[]>> = {
  "/namespaces": [nameColumn, column("Status", or("", "status", "phase")), age],
  "/nodes": [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    age,
    column("Version", or("", "status", "nodeInfo", "kubeletVersion")),
    wide("Internal-IP", nodeAddress("InternalIP")),
    wide("External-IP", nodeAddress("ExternalIP")),
    wide("OS-Image", nodeInfo("osImage")),
    wide("Kernel-Version", nodeInfo("kernelVersion")),
    wide("Container-Runtime", nodeInfo("containerRuntimeVersion")),
  ],
  "/configmaps": [nameColumn, column("Data", dataCount), age],
  "/secrets": [
    nameColumn,
    column("Type", or("", "type")),
    column("Data", (o) => Object.keys(objectAt(o, "data")).length),
    age,
  ],
  "/serviceaccounts": [nameColumn, column("Secrets", count("secrets")), age],
  "/events": eventColumns,
  "events.k8s.io/events": eventColumns,
  "/pods": [
    nameColumn,
    column("Ready", podReady),
    column("Status", podStatus),
    column("Restarts", podRestarts),
    age,
    wide("IP", or("<none>", "status", "podIP")),
    wide("Node", or("<none>", "spec", "nodeName")),
    wide("Nominated Node", or("<none>", "status", "nominatedNodeName")),
    wide("Readiness Gates", () => "<none>"),
  ],
  "/services": [
    nameColumn,
    column("Type", or("ClusterIP", "spec", "type")),
    column("Cluster-IP", or("<none>", "spec", "clusterIP")),
    column("External-IP", (o) => listAt(o, "spec", "externalIPs").join(",") || "<none>"),
    column("Port(s)", servicePorts),
    age,
    wide("Selector", (o) => labelsText(objectAt(o, "spec", "selector"))),
  ],
  "/endpoints": [nameColumn, column("Endpoints", endpointsText), age],
  "/limitranges": [nameColumn, createdAt],
  "coordination.k8s.io/leases": [
    nameColumn,
    column("Holder", or("", "spec", "holderIdentity")),
    age,
  ],
  "apiextensions.k8s.io/customresourcedefinitions": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/roles": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/clusterroles": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/rolebindings": bindingColumns(),
  "rbac.authorization.k8s.io/clusterrolebindings": bindingColumns(),
  "certificates.k8s.io/certificatesigningrequests": [
    nameColumn,
    age,
    column("SignerName", or("<none>", "spec", "signerName")),
    column("Requestor", or("", "spec", "username")),
    column("RequestedDuration", () => "<none>"),
    column("Condition", requestCondition),
  ],
  "apps/deployments": [
    nameColumn,
    column("Ready", (o) => {
      const wanted = at(o, "spec", "replicas") ?? 1;
      return `${numberAt(o, "status", "readyReplicas")}/${String(wanted)}`;
    }),
    column("Up-to-date", number("status", "updatedReplicas")),
    column("Available", number("status", "availableReplicas")),
    age,
    containers,
    images,
    selector,
  ],
  "apps/daemonsets": [
    nameColumn,
    column("Desired", number("status", "desiredNumberScheduled")),
    column("Current", number("status", "currentNumberScheduled")),
    column("Ready", number("status", "numberReady")),
    column("Up-to-date", number("status", "updatedNumberScheduled")),
    column("Available", number("status", "numberAvailable")),
    column("Node Selector", (o) =>
      labelsText(objectAt(o, "spec", "template", "spec", "nodeSelector")),
    ),
    age,
    containers,
    images,
    selector,
  ],
  "apps/replicasets": [
    nameColumn,
    column("Desired", number("spec", "replicas")),
    column("Current", number("status", "replicas")),
    column("Ready", number("status", "readyReplicas")),
    age,
    containers,
    images,
    selector,
  ],
  "admissionregistration.k8s.io/validatingwebhookconfigurations": webhooks,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": webhooks,
};

/**
 * The columns of a built-in resource; undefined when it has none of its own (Name and Age serve).
 * @see k8s.io/kubernetes/pkg/printers/internalversion
 */
export function coreColumns(group: string, plural: string): ColumnDefinition[] | undefined {
  const key = `${group}/${plural}`;
  return Object.hasOwn(COLUMNS, key) ? [...(COLUMNS[key] ?? [])] : undefined;
}
