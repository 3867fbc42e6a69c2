import { isObject, type JsonObject } from "./json-schema-props.ts";
import type { SchemaNode } from "./schema-node.ts";

/** Deeper values are refused by `validate`, so walking them further has no use. */
const MAX_DEPTH = 512;

const RESOURCE_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);
const METADATA_FIELDS: ReadonlySet<string> = new Set([
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
]);

/** Told of each member the schema does not declare; it may remove it. */
export type OnUnknown = (owner: JsonObject, name: string, path: string) => void;

/** Walks a whole object and reports what the schema does not declare. */
export function walkUnknown(value: unknown, root: SchemaNode, onUnknown: OnUnknown): void {
  walkObject(value, root, "", { isResource: true, onUnknown, depth: 0 });
}

interface Step {
  readonly isResource: boolean;
  readonly onUnknown: OnUnknown;
  readonly depth: number;
}

function walk(value: unknown, node: SchemaNode | undefined, path: string, step: Step): void {
  if (typeof value !== "object" || value === null || step.depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    const next = { ...step, isResource: false, depth: step.depth + 1 };
    // With preserve-unknown-fields an undeclared item schema means: anything goes.
    if (node?.preserves && !node.items) return;
    for (const [i, item] of value.entries()) walk(item, node?.items, `${path}[${i}]`, next);
    return;
  }
  walkObject(value, node, path, { ...step, isResource: node?.embedded === true });
}

function walkObject(value: unknown, node: SchemaNode | undefined, path: string, step: Step): void {
  if (!isObject(value)) return;
  const next = { ...step, isResource: false, depth: step.depth + 1 };
  for (const name of Object.keys(value)) {
    const memberPath = path === "" ? name : `${path}.${name}`;
    if (step.isResource && RESOURCE_FIELDS.has(name)) {
      if (name === "metadata") walkMetadata(value[name], memberPath, step.onUnknown);
      continue;
    }
    const declared = node?.properties.get(name);
    if (declared) walk(value[name], declared, memberPath, next);
    else if (typeof node?.additional === "object") {
      walk(value[name], node.additional, memberPath, next);
    } else if (node?.preserves) continue;
    else if (node?.additional === true) walk(value[name], undefined, memberPath, next);
    else step.onUnknown(value, name, memberPath);
  }
}

function walkMetadata(metadata: unknown, path: string, onUnknown: OnUnknown): void {
  if (!isObject(metadata)) return;
  for (const name of Object.keys(metadata)) {
    if (!METADATA_FIELDS.has(name)) onUnknown(metadata, name, `${path}.${name}`);
  }
}
