/** An edge's storage without an edge: for measurements and tools. */

export { SqliteTwinStore } from "../devicetwin/store/sqlite-twin-store.ts";
export { SqliteMetaStore } from "../metamanager/sqlite-meta-store.ts";
export { EdgeDatabase, type EdgeDatabaseParts } from "./edge-database.ts";
