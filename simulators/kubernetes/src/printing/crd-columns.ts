import { goJson, goNumber } from "../schema/index.ts";
import { ageOf } from "./age.ts";
import type { ColumnDefinition } from "./column-definition.ts";
import { firstAt, parseJsonPath } from "./json-path.ts";

/** An entry of a CRD version's `additionalPrinterColumns`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

const NAME_DESCRIPTION =
  "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const AGE_DESCRIPTION =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

const AGE: PrinterColumn = {
  name: "Age",
  type: "date",
  description: AGE_DESCRIPTION,
  jsonPath: ".metadata.creationTimestamp",
};

/** The first column of every table but that of events. */
export const nameColumn: ColumnDefinition = {
  name: "Name",
  type: "string",
  format: "name",
  description: NAME_DESCRIPTION,
  priority: 0,
  cell: (object) => (object as { metadata?: { name?: unknown } }).metadata?.name ?? null,
};

/** The columns of a custom resource: Name first, then its printer columns, or Age when it has none. */
export function columnsOfCrd(
  additionalPrinterColumns: readonly PrinterColumn[] | undefined,
): ColumnDefinition[] {
  const columns = additionalPrinterColumns?.length ? additionalPrinterColumns : [AGE];
  return [nameColumn, ...columns.map(columnOf)];
}

function columnOf(column: PrinterColumn): ColumnDefinition {
  const path = parseJsonPath(column.jsonPath);
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description:
      column.description ||
      `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
    cell: (object, now) => (path ? cellOf(column.type, firstAt(object, path), now) : null),
  };
}

function cellOf(type: string, value: unknown, now: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? ageOf(value, now) : null;
    case "string":
      return textOf(value);
    default:
      return null;
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? goNumber(value) : goJson(value);
}
