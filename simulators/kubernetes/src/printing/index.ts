export type { ColumnDefinition } from "./column-definition.ts";
export { coreColumns } from "./core-columns.ts";
export { columnsOfCrd, type PrinterColumn } from "./crd-columns.ts";
export { humanDuration } from "./human-duration.ts";
export { table } from "./table.ts";
