import { isObject, type JsonObject } from "../schema/index.ts";
import { type FieldSet, readFields } from "./field-set.ts";

/** One entry of metadata.managedFields. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time: string | undefined;
  readonly subresource: string;
  readonly fields: FieldSet;
}

/** The owners of an object's fields, by identity. */
export type Managed = Map<string, ManagedEntry>;

/** More writers than this are folded into one, oldest first. */
const MOST_UPDATERS = 10;
const ANCIENT = "ancient-changes";

const NEVER_OWNED = readFields({
  "f:apiVersion": {},
  "f:kind": {},
  "f:metadata": {
    ".": {},
    "f:name": {},
    "f:namespace": {},
    "f:creationTimestamp": {},
    "f:selfLink": {},
    "f:uid": {},
    "f:clusterName": {},
    "f:generation": {},
    "f:managedFields": {},
    "f:resourceVersion": {},
  },
});

/** What nobody owns is left out: identity and what the server fills in. */
export function withoutSystemFields(fields: FieldSet): FieldSet {
  return fields.difference(NEVER_OWNED);
}

/** Who an entry belongs to: time does not count, nor does an applier's version. */
export function identityOf(entry: {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly subresource: string;
}): string {
  const version = entry.operation === "Apply" ? "" : entry.apiVersion;
  return JSON.stringify([entry.manager, entry.operation, version, entry.subresource]);
}

/** Reads metadata.managedFields; undefined when an entry is not one. */
export function readManaged(value: unknown): Managed | undefined {
  const managed: Managed = new Map();
  if (value === undefined || value === null) return managed;
  if (!Array.isArray(value)) return undefined;
  for (const item of value) {
    const entry = readEntry(item);
    if (!entry) return undefined;
    managed.set(identityOf(entry), entry);
  }
  return managed;
}

function readEntry(item: unknown): ManagedEntry | undefined {
  if (!isObject(item)) return undefined;
  const { manager = "", operation, apiVersion, time, subresource = "", fieldsType } = item;
  if (operation !== "Apply" && operation !== "Update") return undefined;
  if (typeof apiVersion !== "string" || apiVersion === "" || fieldsType !== "FieldsV1") {
    return undefined;
  }
  return {
    manager: String(manager),
    operation,
    apiVersion,
    time: typeof time === "string" ? time : undefined,
    subresource: String(subresource),
    fields: readFields(item.fieldsV1),
  };
}

/** Whether a writer asks to forget all owners: `managedFields: [{}]`. */
export function isReset(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 1 &&
    isObject(value[0]) &&
    Object.keys(value[0]).length === 0
  );
}

/** metadata.managedFields as stored; undefined without owners. */
export function writeManaged(managed: Managed): JsonObject[] | undefined {
  const entries = [...capped(managed).values()].filter((entry) => !entry.fields.isEmpty);
  if (entries.length === 0) return undefined;
  return entries.sort(compareEntries).map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: "FieldsV1",
    fieldsV1: entry.fields.toFields(),
    ...(entry.subresource === "" ? {} : { subresource: entry.subresource }),
  }));
}

function compareEntries(a: ManagedEntry, b: ManagedEntry): number {
  const keys = ["operation", "time", "manager", "apiVersion", "subresource"] as const;
  for (const key of keys) {
    const [x, y] = [a[key] ?? "", b[key] ?? ""];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** Folds the oldest writers into one per version, so that many one-time writers cost little. */
function capped(managed: Managed): Managed {
  const updaters = [...managed]
    .filter(([, entry]) => entry.operation === "Update")
    .sort(([, a], [, b]) => ((a.time ?? "") < (b.time ?? "") ? -1 : 1));
  if (updaters.length <= MOST_UPDATERS) return managed;
  const result = new Map(managed);
  const firstOf = new Map<string, string>();
  let count = updaters.length;
  for (const [identity, entry] of updaters) {
    if (count <= MOST_UPDATERS) break;
    const { apiVersion, time } = entry;
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, identity);
      continue;
    }
    const bucket = { ...entry, manager: ANCIENT, subresource: "" };
    const bucketId = identityOf(bucket);
    const held = result.get(bucketId) ?? result.get(first);
    result.delete(first);
    result.delete(identity);
    const fields = held ? held.fields.union(entry.fields) : entry.fields;
    result.set(bucketId, { ...bucket, time, fields });
    count--;
  }
  return result;
}

/** Takes `taken` from all owners but `self`; owners of nothing are dropped. */
export function takeFrom(managed: Managed, taken: FieldSet, self?: string): void {
  for (const [identity, entry] of managed) {
    if (identity === self) continue;
    const fields = entry.fields.difference(taken);
    if (fields.isEmpty) managed.delete(identity);
    else managed.set(identity, { ...entry, fields });
  }
}

/** The object without managedFields. */
export function withoutManaged(object: object): JsonObject {
  const { metadata } = object as { metadata?: unknown };
  if (!isObject(metadata)) return { ...object };
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** The object with `managed` as its managedFields. */
export function withManaged(object: object, managed: Managed): JsonObject {
  const { metadata } = object as { metadata?: unknown };
  const managedFields = writeManaged(managed);
  const rest = isObject(metadata) ? metadata : {};
  return { ...object, metadata: managedFields ? { ...rest, managedFields } : rest };
}

/** The managedFields of an object as they came. */
export function managedOf(object: object | undefined): unknown {
  const metadata = (object as { metadata?: unknown } | undefined)?.metadata;
  return isObject(metadata) ? metadata.managedFields : undefined;
}
