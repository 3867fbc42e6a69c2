/** Parts of an edge without an edge: for measurements and tools. */

export { LocalTwinLink } from "../devicetwin/local/local-twin-link.ts";
export { SqliteTwinStore } from "../devicetwin/store/sqlite-twin-store.ts";
export { SqliteMetaStore } from "../metamanager/sqlite-meta-store.ts";
export { EdgeDatabase, type EdgeDatabaseParts } from "./edge-database.ts";
