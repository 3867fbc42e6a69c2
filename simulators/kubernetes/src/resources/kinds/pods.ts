import { isJsonObject, type JsonObject, sameJson } from "../../objects/kube-object.ts";
import {
  duplicateField,
  type FieldError,
  forbiddenField,
  invalidField,
  requiredField,
  unsupportedField,
} from "../../status/index.ts";
import { nameFaults } from "../names.ts";
import type { Strategy } from "../served-resource.ts";

const POLICIES = ["Always", "OnFailure", "Never"];
const PULLS = ["Always", "IfNotPresent", "Never"];
const FIXED =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Pods, with what the real server fills in and refuses. */
export const podStrategy: Partial<Strategy> = {
  takesMetadataThroughStatus: true,
  answersDeletedObject: true,
  prepare: (object, old) => {
    if (!isJsonObject(object.spec)) return;
    const spec = withPodDefaults(object.spec);
    object.spec = spec;
    if (old === undefined) object.status = { phase: "Pending", qosClass: qosOf(spec) };
  },
  validate: (object, old) => [
    ...(old === undefined ? podSpecFaults(object.spec, "spec") : []),
    ...(old === undefined ? [] : changeFaults(membersOf(object.spec), membersOf(old.spec))),
  ],
};

/** The defaults of a pod's spec, also inside templates. */
export function withPodDefaults(spec: JsonObject): JsonObject {
  const completed: JsonObject = {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    ...spec,
  };
  for (const key of ["containers", "initContainers"]) {
    const list = completed[key];
    if (Array.isArray(list)) {
      completed[key] = list.map((each) => (isJsonObject(each) ? withDefaults(each) : each));
    }
  }
  return completed;
}

function withDefaults(container: JsonObject): JsonObject {
  const { image, ports } = container;
  const tag = typeof image === "string" ? (image.split("/").at(-1) ?? "") : "";
  const isLatest = !tag.includes("@") && (!tag.includes(":") || tag.endsWith(":latest"));
  return {
    imagePullPolicy: isLatest ? "Always" : "IfNotPresent",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...container,
    ...(Array.isArray(ports)
      ? { ports: ports.map((port) => (isJsonObject(port) ? { protocol: "TCP", ...port } : port)) }
      : {}),
  };
}

/** @see https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
function qosOf(spec: JsonObject): string {
  const resources = containersOf(spec).map((each) => membersOf(each.resources));
  const all = resources.map(({ limits, requests }) => ({
    ...membersOf(requests),
    ...membersOf(limits),
  }));
  if (all.every((each) => Object.keys(each).length === 0)) return "BestEffort";
  const isGuaranteed = resources.every(({ limits, requests }) => {
    const limited = membersOf(limits);
    const asked = membersOf(requests);
    return ["cpu", "memory"].every(
      (key) => limited[key] !== undefined && (asked[key] ?? limited[key]) === limited[key],
    );
  });
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

/** What is wrong with the spec of a pod or of a template. */
export function podSpecFaults(value: unknown, at: string): FieldError[] {
  const spec = membersOf(value);
  const containers = containersOf(spec);
  const faults: FieldError[] = [];
  if (containers.length === 0) faults.push(requiredField(`${at}.containers`));
  const names = new Set<unknown>();
  for (const [i, container] of containers.entries()) {
    const here = `${at}.containers[${i}]`;
    if (names.has(container.name)) faults.push(duplicateField(`${here}.name`, container.name));
    names.add(container.name);
    faults.push(...containerFaults(container, here));
  }
  const { restartPolicy } = spec;
  if (restartPolicy !== undefined && !POLICIES.includes(String(restartPolicy))) {
    faults.push(unsupportedField(`${at}.restartPolicy`, restartPolicy, POLICIES));
  }
  return [...faults, ...volumeFaults(spec, at)];
}

function containerFaults(container: JsonObject, at: string): FieldError[] {
  const { name, image, imagePullPolicy, ports } = container;
  const faults: FieldError[] = [];
  if (!name) faults.push(requiredField(`${at}.name`));
  else {
    const texts = nameFaults(String(name), "label");
    faults.push(...texts.map((text) => invalidField(`${at}.name`, name, text)));
  }
  if (!image) faults.push(requiredField(`${at}.image`));
  if (imagePullPolicy !== undefined && !PULLS.includes(String(imagePullPolicy))) {
    faults.push(unsupportedField(`${at}.imagePullPolicy`, imagePullPolicy, PULLS));
  }
  for (const [i, port] of (Array.isArray(ports) ? ports.filter(isJsonObject) : []).entries()) {
    const number = port.containerPort;
    if (typeof number === "number" && number >= 1 && number <= 65535) continue;
    const field = `${at}.ports[${i}].containerPort`;
    if (number === undefined) faults.push(requiredField(field));
    else faults.push(invalidField(field, number, "must be between 1 and 65535, inclusive"));
  }
  return faults;
}

function volumeFaults(spec: JsonObject, at: string): FieldError[] {
  const volumes = Array.isArray(spec.volumes) ? spec.volumes.filter(isJsonObject) : [];
  const names = new Set(volumes.map(({ name }) => name));
  return containersOf(spec).flatMap(({ volumeMounts }, i) =>
    (Array.isArray(volumeMounts) ? volumeMounts.filter(isJsonObject) : [])
      .map(({ name }, j) => ({ name, field: `${at}.containers[${i}].volumeMounts[${j}].name` }))
      .filter(({ name }) => !names.has(name))
      .map(({ name, field }) => ({
        type: "FieldValueNotFound",
        field,
        message: `Not found: ${JSON.stringify(name)}`,
      })),
  );
}

/** Of a pod that runs little may change; the node it is bound to is set once. */
function changeFaults(spec: JsonObject, old: JsonObject): FieldError[] {
  const rest = (value: JsonObject) => {
    const {
      activeDeadlineSeconds: _a,
      tolerations: _t,
      schedulingGates: _s,
      nodeName,
      ...kept
    } = value;
    const { ephemeralContainers: _e, terminationGracePeriodSeconds: _g, ...more } = kept;
    const bare = (list: unknown) =>
      Array.isArray(list)
        ? list.map((each) => (isJsonObject(each) ? { ...each, image: "", resources: {} } : each))
        : list;
    return {
      ...more,
      nodeName: old.nodeName === undefined ? undefined : nodeName,
      containers: bare(value.containers),
      initContainers: bare(value.initContainers),
    };
  };
  // Written before there were defaults: they are no change.
  if (sameJson(rest(spec), rest(withPodDefaults(old)))) return [];
  return [forbiddenField("spec", FIXED)];
}

function containersOf(spec: JsonObject): JsonObject[] {
  return Array.isArray(spec.containers) ? spec.containers.filter(isJsonObject) : [];
}

function membersOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
