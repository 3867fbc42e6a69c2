import type { JsonObject } from "../schema/index.ts";
import type { ColumnDefinition } from "./column-definition.ts";

/** A `meta.k8s.io/v1` Table of `objects`, one row each. `now` is in milliseconds since 1970. */
export function table(o: {
  readonly columns: readonly ColumnDefinition[];
  readonly objects: readonly object[];
  readonly includeObject: "None" | "Metadata" | "Object";
  readonly now: number;
  /** The list's own metadata; a single object's resourceVersion for a get. */
  readonly listMeta: object;
}): object {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: o.listMeta,
    columnDefinitions: o.columns.map(({ cell: _, ...definition }) => definition),
    rows: o.objects.map((object) => ({
      cells: o.columns.map((column) => column.cell(object as JsonObject, o.now)),
      ...rowObject(object as JsonObject, o.includeObject),
    })),
  };
}

function rowObject(object: JsonObject, include: "None" | "Metadata" | "Object"): object {
  if (include === "None") return {};
  if (include === "Object") return { object };
  return {
    object: {
      kind: "PartialObjectMetadata",
      apiVersion: "meta.k8s.io/v1",
      metadata: object.metadata ?? {},
    },
  };
}
