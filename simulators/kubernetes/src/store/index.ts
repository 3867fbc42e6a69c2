export { openDatabase, openMemory } from "./open-database.ts";
export { resetStore } from "./reset-store.ts";
export { Store, type StoreOptions, type Write } from "./store.ts";
export { type Change, type ChangeType, parseStored, type StoredObject } from "./stored-object.ts";
