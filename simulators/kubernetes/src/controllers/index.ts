export { Bootstrap } from "./bootstrap.ts";
export { GarbageCollector } from "./garbage-collector.ts";
export { expireEvents, startMaintenance } from "./maintenance.ts";
export { NamespaceController } from "./namespaces.ts";
export { startWorkloads } from "./start-workloads.ts";
