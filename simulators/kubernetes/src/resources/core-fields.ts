import { isJsonObject, type KubeObject } from "../objects/kube-object.ts";

type Fields = ReadonlyMap<string, (object: KubeObject) => string>;

/** Field selectors of each built-in kind: the selector's name, and where it differs its path. */
const FIELDS: Record<string, readonly (string | readonly [name: string, ...paths: string[]])[]> = {
  "/events": [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    ["reportingComponent", "reportingComponent"],
    ["source", "source.component", "reportingComponent"],
    "type",
  ],
  "events.k8s.io/events": [
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "regarding.apiVersion",
    "regarding.resourceVersion",
    "regarding.fieldPath",
    "reason",
    "reportingController",
    "type",
  ],
  "/pods": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  "/nodes": ["spec.unschedulable"],
  "/secrets": ["type"],
  "/namespaces": ["status.phase"],
  "/services": ["spec.clusterIP", "spec.type"],
};

/** Booleans whose absence means false. */
const FLAGS = new Set(["spec.unschedulable", "spec.hostNetwork"]);

export function fieldsOf(group: string, plural: string): Fields {
  const entries = FIELDS[`${group}/${plural}`] ?? [];
  return new Map(
    entries.map((entry) => {
      const [name, ...paths] = typeof entry === "string" ? [entry, entry] : entry;
      const absent = FLAGS.has(name) ? "false" : "";
      return [name, (object: KubeObject) => firstText(object, paths) ?? absent];
    }),
  );
}

/** The selector over one dotted path, as selectableFields of a CustomResourceDefinition name it. */
export function fieldAt(path: string): (object: KubeObject) => string {
  return (object) => firstText(object, [path]) ?? "";
}

function firstText(object: KubeObject, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    let value: unknown = object;
    for (const key of path.split(".")) value = isJsonObject(value) ? value[key] : undefined;
    if (value !== undefined && value !== null && value !== "") return String(value);
  }
  return undefined;
}
