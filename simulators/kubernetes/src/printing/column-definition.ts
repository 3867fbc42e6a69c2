import type { JsonObject } from "../schema/index.ts";

/** One column of a Table, and how an object fills it. */
export interface ColumnDefinition {
  readonly name: string;
  /** `string`, `integer`, `number`, `boolean` or `date`. */
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown; more only by `-o wide`. */
  readonly priority: number;
  /** The cell of `object`, null when it has none. `now` is in milliseconds since 1970. Never throws. */
  readonly cell: (object: JsonObject, now: number) => unknown;
}
