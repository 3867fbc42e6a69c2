import type { DatabaseChoice, SetAside } from "./open-database.ts";
import type { QueryName, Row, Value } from "./statements.ts";
import type { FlatWrites } from "./write-batch.ts";

export interface WorkerSetup extends DatabaseChoice {
  readonly lockFile: string;
  /** Kept in the file for who reads it offline. */
  readonly node: string | undefined;
}

export type Order =
  | { readonly kind: "commit"; readonly id: number; readonly writes: FlatWrites }
  | {
      readonly kind: "rows";
      readonly id: number;
      readonly query: QueryName;
      readonly values: readonly Value[];
    }
  | { readonly kind: "close"; readonly id: number };

export interface WorkerFault {
  /** SQLite's, such as SQLITE_FULL; `LOCKED` when another process holds the folder. */
  readonly code: string;
  readonly message: string;
}

export type Answer =
  | {
      readonly id: number;
      readonly rows?: readonly Row[];
      readonly setAside?: SetAside;
      readonly fault?: undefined;
    }
  | { readonly id: number; readonly fault: WorkerFault };

/** The id of the answer that says whether the database could be opened. */
export const OPENED = 0;
