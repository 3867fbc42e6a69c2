export { createEdgeCore, type EdgeCore, type EdgeCoreParts } from "./edge-core.ts";
export { type EdgeCoreConfig, edgeCoreConfig } from "./edge-core-config.ts";
