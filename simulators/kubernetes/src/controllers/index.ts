export { Bootstrap } from "./bootstrap.ts";
export { expireEvents, startMaintenance } from "./maintenance.ts";
export { NamespaceController } from "./namespaces.ts";
