import type { ColumnDefinition } from "./column-definition.ts";

/** The columns of a built-in resource; undefined when it has none of its own (Name and Age serve). */
export function coreColumns(_group: string, _plural: string): ColumnDefinition[] | undefined {
  return undefined;
}
