import type { JsonSchemaProps } from "../schema/index.ts";
import { compareObjects } from "./compare.ts";
import {
  identityOf,
  isReset,
  type Managed,
  managedOf,
  readManaged,
  takeFrom,
  withManaged,
  withoutManaged,
  withoutSystemFields,
} from "./managed-fields.ts";
import { mergeSchema } from "./shape.ts";

/** A write that is not an apply. */
export interface TrackedUpdate {
  /** The stored object; absent on create. */
  readonly live?: object | undefined;
  readonly next: object;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly schema?: JsonSchemaProps | undefined;
}

/**
 * `next` with the managedFields that the write leaves behind: what changed belongs to the writer,
 * and to nobody else. A writer may hand in managedFields of its own; `[{}]` forgets all owners.
 * Neither object is changed.
 * @see k8s.io/apimachinery/pkg/util/managedfields
 */
export function trackUpdate(o: TrackedUpdate): object {
  const managed = ownersBefore(o);
  const live = withoutManaged(o.live ?? {});
  const next = withoutManaged(o.next);
  const { added, modified, removed } = compareObjects(live, next, mergeSchema(o.schema));
  const changed = added.union(modified);
  takeFrom(managed, changed.union(removed));
  const fields = withoutSystemFields(changed);
  if (!fields.isEmpty) {
    const { manager, apiVersion, time, subresource = "" } = o;
    const entry = { manager, operation: "Update" as const, apiVersion, time, subresource };
    const identity = identityOf(entry);
    const before = managed.get(identity)?.fields;
    managed.set(identity, { ...entry, fields: before ? before.union(fields) : fields });
  }
  return withManaged(next, managed);
}

function ownersBefore({ live, next, subresource }: TrackedUpdate): Managed {
  const stored = (): Managed => readManaged(managedOf(live)) ?? new Map();
  if (subresource) return stored();
  if (isReset(managedOf(next))) return new Map();
  const given = readManaged(managedOf(next));
  return given && given.size > 0 ? given : stored();
}
