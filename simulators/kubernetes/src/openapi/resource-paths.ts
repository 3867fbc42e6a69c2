import { componentName } from "./component-name.ts";
import { metaName, refTo } from "./meta-schemas.ts";
import type { OpenApiResource } from "./openapi-resource.ts";
import { DELETE, FORCE, inPath, LIST, type Parameter, PRETTY, WRITE } from "./parameters.ts";
import { type GroupVersion, SCALE } from "./resource-schemas.ts";

const NAME = (kind: string): Parameter => inPath("name", `name of the ${kind}`);
const NAMESPACE = inPath("namespace", "object name and auth scope, such as for teams and projects");
const MEDIA_TYPES = ["application/json", "application/yaml"];
const PATCH_TYPES = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
];

interface Target extends GroupVersion {
  readonly kind: string;
  readonly component: string;
}

function content(types: readonly string[], component: string): object {
  return Object.fromEntries(types.map((type) => [type, { schema: refTo(component) }]));
}

interface Call {
  readonly verb: string;
  readonly id: string;
  readonly target: Target;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly types: readonly string[]; readonly component: string };
  readonly answer: string;
  readonly codes?: readonly string[];
}

function operation({
  verb,
  id,
  target,
  description,
  parameters,
  body,
  answer,
  codes,
}: Call): object {
  const { group, version, kind } = target;
  const responses = Object.fromEntries(
    [...(codes ?? ["200"]), "401"].map((code) => [
      code,
      code === "401"
        ? { description: "Unauthorized" }
        : { description: "OK", content: content(MEDIA_TYPES, answer) },
    ]),
  );
  return {
    tags: [tagOf(target)],
    description,
    operationId: id,
    ...(parameters ? { parameters } : {}),
    ...(body
      ? { requestBody: { required: true, content: content(body.types, body.component) } }
      : {}),
    responses,
    "x-kubernetes-action": verb,
    "x-kubernetes-group-version-kind": { group, kind, version },
  };
}

function tagOf({ group, version }: GroupVersion): string {
  const label = (group.split(".")[0] || "core").replace(/[^A-Za-z0-9]/g, "");
  return `${label}_${version}`;
}

function camel(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The paths of one resource, as far as its verbs go. */
export function resourcePaths(
  resource: OpenApiResource,
  groupVersion: GroupVersion,
): Record<string, object> {
  const { group, version } = groupVersion;
  const { kind, plural, namespaced } = resource;
  const component = componentName(group, version, kind);
  const target = { ...groupVersion, kind, component };
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const base = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const owner = tagOf(groupVersion).split("_").map(camel).join("");
  const suffix = `${owner}${namespaced ? "Namespaced" : ""}${kind}`;
  const common = namespaced ? [NAMESPACE, PRETTY] : [PRETTY];
  const paths: Record<string, object> = {
    [base]: { ...collection(resource, target, suffix), parameters: common },
  };
  if (resource.verbs.some((verb) => ["get", "update", "patch", "delete"].includes(verb))) {
    const item = itemOperations(resource.verbs, target, component, suffix);
    paths[`${base}/{name}`] = { ...item, parameters: [NAME(kind), ...common] };
  }
  if (namespaced && resource.verbs.includes("list")) {
    paths[`${root}/${plural}`] = {
      get: listOperation(target, `list${suffix.replace("Namespaced", "")}ForAllNamespaces`),
      parameters: [PRETTY],
    };
  }
  const verbs = ["get", "update", "patch"];
  for (const [name, answer] of [
    ["status", component],
    ["scale", SCALE],
  ] as const) {
    if (!resource.subresources[name]) continue;
    const own =
      name === "scale" ? { ...target, group: "autoscaling", version: "v1", kind: "Scale" } : target;
    paths[`${base}/{name}/${name}`] = {
      ...itemOperations(verbs, own, answer, `${suffix}${camel(name)}`),
      parameters: [NAME(kind), ...common],
    };
  }
  return paths;
}

function listOperation(target: Target, id: string): object {
  return operation({
    verb: "list",
    id,
    target,
    description: `list objects of kind ${target.kind}`,
    parameters: LIST,
    answer: `${target.component}List`,
  });
}

function collection({ verbs }: OpenApiResource, target: Target, suffix: string): object {
  const { component, kind } = target;
  const operations: Record<string, object> = {};
  if (verbs.includes("list")) operations.get = listOperation(target, `list${suffix}`);
  if (verbs.includes("create")) {
    operations.post = operation({
      verb: "post",
      id: `create${suffix}`,
      target,
      description: `create a ${kind}`,
      parameters: WRITE,
      body: { types: MEDIA_TYPES, component },
      answer: component,
      codes: ["200", "201", "202"],
    });
  }
  if (verbs.includes("deletecollection")) {
    operations.delete = operation({
      verb: "deletecollection",
      id: `deleteCollection${suffix}`,
      target,
      description: `delete collection of ${kind}`,
      parameters: [...DELETE, ...LIST],
      answer: metaName("Status"),
    });
  }
  return operations;
}

function itemOperations(
  verbs: readonly string[],
  target: Target,
  component: string,
  suffix: string,
): Record<string, object> {
  const { kind } = target;
  const operations: Record<string, object> = {};
  if (verbs.includes("get")) {
    const description = `read the specified ${kind}`;
    operations.get = operation({
      verb: "get",
      id: `read${suffix}`,
      target,
      description,
      answer: component,
    });
  }
  if (verbs.includes("update")) {
    operations.put = operation({
      verb: "put",
      id: `replace${suffix}`,
      target,
      description: `replace the specified ${kind}`,
      parameters: WRITE,
      body: { types: MEDIA_TYPES, component },
      answer: component,
      codes: ["200", "201"],
    });
  }
  if (verbs.includes("patch")) {
    operations.patch = operation({
      verb: "patch",
      id: `patch${suffix}`,
      target,
      description: `partially update the specified ${kind}`,
      parameters: [...WRITE, FORCE],
      body: { types: PATCH_TYPES, component: metaName("Patch") },
      answer: component,
      codes: ["200"],
    });
  }
  if (verbs.includes("delete")) {
    operations.delete = operation({
      verb: "delete",
      id: `delete${suffix}`,
      target,
      description: `delete a ${kind}`,
      parameters: DELETE,
      body: { types: MEDIA_TYPES, component: metaName("DeleteOptions") },
      answer: metaName("Status"),
      codes: ["200", "202"],
    });
  }
  return operations;
}
