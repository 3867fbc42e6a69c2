/** The edge's end of the link without SQLite, MQTT and programs around it. */
export { DeviceTwins } from "../devicetwin/device-twins.ts";
export type { Publication, TwinPublisher } from "../devicetwin/publication.ts";
export { MemoryTwinStore } from "../devicetwin/store/memory-twin-store.ts";
export type { StoreChange, StoredDevice, TwinStore } from "../devicetwin/store/twin-store.ts";
export { EdgeHub } from "../edgehub/edge-hub.ts";
export { EdgeInventory } from "../edgehub/edge-inventory.ts";
export { MemoryMetaStore } from "../metamanager/memory-meta-store.ts";
export { MetaManager } from "../metamanager/meta-manager.ts";
export type { MetaStore } from "../metamanager/meta-store.ts";
