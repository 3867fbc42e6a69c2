import { isJsonObject, type JsonObject, type KubeObject } from "../objects/kube-object.ts";
import type { FieldError } from "../status/index.ts";
import { podSpecFaults, withPodDefaults } from "./kinds/pods.ts";
import type { Strategy } from "./served-resource.ts";

const HISTORY = 10;
const DEADLINE_S = 600;
const QUARTER = "25%";

/** Deployment, DaemonSet and ReplicaSet: the real server's defaults and the faults that users meet. */
export function workloadStrategy(
  kind: "Deployment" | "DaemonSet" | "ReplicaSet",
): Partial<Strategy> {
  return {
    hasGeneration: true,
    prepare: (object) => {
      if (isJsonObject(object.spec))
        object.spec = withTemplateDefaults({ ...defaultsOf(kind, object.spec), ...object.spec });
    },
    validate: findFaults,
  };
}

function defaultsOf(kind: string, spec: JsonObject): JsonObject {
  if (kind === "ReplicaSet") return { replicas: 1 };
  if (kind === "DaemonSet") {
    const rollingUpdate = { maxSurge: 0, maxUnavailable: 1 };
    return {
      revisionHistoryLimit: HISTORY,
      updateStrategy: { type: "RollingUpdate", rollingUpdate },
    };
  }
  const rollingUpdate = { maxSurge: QUARTER, maxUnavailable: QUARTER };
  return {
    replicas: 1,
    revisionHistoryLimit: HISTORY,
    progressDeadlineSeconds: DEADLINE_S,
    ...(spec.strategy === undefined ? { strategy: { type: "RollingUpdate", rollingUpdate } } : {}),
  };
}

function withTemplateDefaults(spec: JsonObject): JsonObject {
  const { template } = spec;
  if (!isJsonObject(template) || !isJsonObject(template.spec)) return spec;
  return { ...spec, template: { ...template, spec: withPodDefaults(template.spec) } };
}

function findFaults(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const spec = membersOf(object.spec);
  const { replicas, selector } = spec;
  const template = membersOf(spec.template);
  const faults: FieldError[] = [];
  if (typeof replicas === "number" && replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    faults.push({ type: "FieldValueInvalid", field: "spec.replicas", message });
  }
  if (selector === undefined) faults.push(required("spec.selector"));
  else if (!matches(selector, template)) faults.push(mismatch(template));
  faults.push(...podSpecFaults(template.spec, "spec.template.spec"));
  const before = membersOf(old?.spec).selector;
  if (old !== undefined && JSON.stringify(before) !== JSON.stringify(selector)) {
    const message = `Invalid value: ${goSelector(selector)}: field is immutable`;
    faults.push({ type: "FieldValueInvalid", field: "spec.selector", message });
  }
  return faults;
}

/** A selector as Go's %#v prints it. */
function goSelector(selector: unknown): string {
  const { matchLabels, matchExpressions } = membersOf(selector);
  const labels = Object.entries(membersOf(matchLabels)).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = labels.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const map = matchLabels === undefined ? "(nil)" : `{${pairs.join(", ")}}`;
  const expressions = matchExpressions === undefined ? "(nil)" : JSON.stringify(matchExpressions);
  return `v1.LabelSelector{MatchLabels:map[string]string${map}, MatchExpressions:[]v1.LabelSelectorRequirement${expressions}}`;
}

/** Only `matchLabels` are compared: expressions that miss the template do no harm here. */
function matches(selector: unknown, template: JsonObject): boolean {
  const labels = membersOf(membersOf(template.metadata).labels);
  const wanted = Object.entries(membersOf(membersOf(selector).matchLabels));
  return wanted.every(([key, value]) => labels[key] === value);
}

function mismatch(template: JsonObject): FieldError {
  const labels = membersOf(membersOf(template.metadata).labels);
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(labels[key])}`);
  return {
    type: "FieldValueInvalid",
    field: "spec.template.metadata.labels",
    message: `Invalid value: map[string]string{${pairs.join(", ")}}: \`selector\` does not match template \`labels\``,
  };
}

function required(field: string): FieldError {
  return { type: "FieldValueRequired", field, message: "Required value" };
}

function membersOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
