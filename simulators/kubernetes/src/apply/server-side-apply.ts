import {
  goJson,
  isObject,
  type JsonObject,
  type JsonSchemaProps,
  jsonEqual,
} from "../schema/index.ts";
import { compareObjects, fieldsOf } from "./compare.ts";
import { type ApplyConflict, describeConflicts, type OwnedConflict } from "./conflicts.ts";
import { FieldSet } from "./field-set.ts";
import {
  identityOf,
  type Managed,
  managedOf,
  readManaged,
  takeFrom,
  withManaged,
  withoutManaged,
  withoutSystemFields,
} from "./managed-fields.ts";
import { mergeValue, removeFields } from "./merge.ts";
import { mergeSchema } from "./shape.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** An apply patch. */
export interface Apply {
  /** The stored object; absent when the apply creates it. */
  readonly live?: object | undefined;
  /** The body of the request. */
  readonly applied: object;
  readonly manager: string;
  readonly force: boolean;
  readonly apiVersion: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly schema?: JsonSchemaProps | undefined;
  readonly subresource?: string | undefined;
  /** Top-level fields this endpoint ignores, such as `status` where it is a subresource. */
  readonly resetFields?: readonly string[] | undefined;
}

/** The object to store, or why it may not be. */
export type ApplyResult =
  | { readonly object: object }
  | { readonly conflicts: readonly ApplyConflict[]; readonly message: string };

/**
 * Merges an apply patch into the live object and keeps the owners of fields. What the applier
 * owned, states no longer and nobody else owns is removed. An apply that changes nothing gives back
 * the live object. No argument is changed.
 * @see k8s.io/apimachinery/pkg/util/managedfields, sigs.k8s.io/structured-merge-diff/merge
 */
export function serverSideApply(o: Apply): ApplyResult {
  const result = attempt(o, o.force);
  if ("object" in result) return { object: withLastApplied(o, result.object) };
  const conflicts = o.manager === "kubectl" ? afterUpgrade(o, result.conflicts) : result.conflicts;
  if (conflicts.length === 0) return serverSideApply({ ...o, force: true });
  return describeConflicts(conflicts);
}

function attempt(
  o: Apply,
  force: boolean,
): { readonly object: object } | { readonly conflicts: readonly OwnedConflict[] } {
  const { manager, apiVersion, time, subresource = "" } = o;
  const schema = mergeSchema(o.schema);
  const live = withoutManaged(o.live ?? {});
  const managed = ownersOf(o, live, schema);
  const entry = { manager, operation: "Apply" as const, apiVersion, time, subresource };
  const self = identityOf(entry);
  const last = managed.get(self);
  const fields = statedFields(o, schema);
  managed.set(self, { ...entry, fields });

  const merged = mergeValue(live, withoutManaged(o.applied), schema);
  const next = pruned(merged, last?.fields, managed, schema);
  const { added, modified, removed } = compareObjects(live, next, schema);
  const changed = added.union(modified);
  const conflicts = conflictsWith(managed, changed, self);
  if (conflicts.length > 0 && !force) return { conflicts };

  const isSame = changed.isEmpty && removed.isEmpty;
  if (o.live && isSame && last?.apiVersion === apiVersion && last.fields.equals(fields)) {
    return { object: o.live };
  }
  takeFrom(managed, changed.union(removed), self);
  return { object: withManaged(next, managed) };
}

/** An object written before owners were kept belongs to one manager of that name. */
function ownersOf(o: Apply, live: JsonObject, schema: JsonSchemaProps): Managed {
  const managed = readManaged(managedOf(o.live)) ?? new Map();
  if (!o.live || managed.size > 0) return managed;
  const fields = withoutSystemFields(compareObjects({}, live, schema).added);
  const entry = {
    manager: "before-first-apply",
    operation: "Update" as const,
    apiVersion: o.apiVersion,
    time: undefined,
    subresource: "",
    fields,
  };
  return new Map([[identityOf(entry), entry]]);
}

function statedFields(o: Apply, schema: JsonSchemaProps): FieldSet {
  const fields = withoutSystemFields(fieldsOf(withoutManaged(o.applied), schema));
  const reset = new Set((o.resetFields ?? []).map((name) => `f:${name}`));
  return fields.filterTop((element) => {
    if (o.subresource === "status") return element === "f:status";
    return !reset.has(element);
  });
}

function pruned(
  merged: unknown,
  last: FieldSet | undefined,
  managed: Managed,
  schema: JsonSchemaProps,
): JsonObject {
  let result = merged;
  if (last) {
    const owned = [...managed.values()].reduce((all, e) => all.union(e.fields), FieldSet.EMPTY);
    result = removeFields(merged, last, owned, schema);
  }
  return isObject(result) ? result : {};
}

function conflictsWith(managed: Managed, changed: FieldSet, self: string): OwnedConflict[] {
  return [...managed].flatMap(([identity, owner]) =>
    identity === self
      ? []
      : owner.fields
          .intersection(changed)
          .paths()
          .map((path) => ({ owner, path })),
  );
}

/**
 * The conflicts that remain when `kubectl apply --server-side` takes over from client-side apply:
 * fields that still are what kubectl last applied are its own.
 */
function afterUpgrade(o: Apply, conflicts: readonly OwnedConflict[]): readonly OwnedConflict[] {
  const lastApplied = readLastApplied(o.live);
  if (!lastApplied || !o.live) return conflicts;
  const schema = mergeSchema(o.schema);
  const { modified, removed } = compareObjects(lastApplied, withoutManaged(o.live), schema);
  const own = fieldsOf(lastApplied, schema).difference(modified.union(removed));
  const ownPaths = new Set(own.paths().map((path) => JSON.stringify(path)));
  return conflicts.filter(({ path }) => !ownPaths.has(JSON.stringify(path)));
}

function annotationsOf(object: object | undefined): JsonObject {
  const metadata = (object as { metadata?: unknown } | undefined)?.metadata;
  return isObject(metadata) && isObject(metadata.annotations) ? metadata.annotations : {};
}

function readLastApplied(object: object | undefined): JsonObject | undefined {
  const text = annotationsOf(object)[LAST_APPLIED];
  if (typeof text !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps client-side apply's annotation true while kubectl applies, as long as it is there. */
function withLastApplied(o: Apply, object: object): object {
  const annotations = annotationsOf(object);
  if (o.manager !== "kubectl" || !Object.hasOwn(annotations, LAST_APPLIED)) return object;
  const applied = withoutManaged(o.applied);
  const { [LAST_APPLIED]: _, ...others } = annotationsOf(applied);
  const metadata = isObject(applied.metadata) ? applied.metadata : {};
  const plain = annotationsOf(applied);
  const stated = jsonEqual(others, plain) ? metadata : { ...metadata, annotations: others };
  const text = `${goJson({ ...applied, metadata: stated })}\n`;
  if (annotations[LAST_APPLIED] === text) return object;
  const own = (object as { metadata: JsonObject }).metadata;
  return { ...object, metadata: { ...own, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}
