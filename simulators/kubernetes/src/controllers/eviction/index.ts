export { EvictionController } from "./eviction-controller.ts";
