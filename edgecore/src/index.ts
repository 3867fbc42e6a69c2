export {
  type InspectedDevice,
  type InspectedEdge,
  type InspectedSample,
  type InspectedTwin,
  inspectEdge,
} from "./database/inspect-edge.ts";
export type { LocalTwinLink, LocalTwinListener } from "./devicetwin/local/local-twin-link.ts";
export { createEdgeCore, type EdgeCore, type EdgeCoreParts } from "./edge-core.ts";
export { type EdgeCoreConfig, edgeCoreConfig, edgeProgramConfig } from "./edge-core-config.ts";
export { hashPassword } from "./eventbus/embedded/access/password-hash.ts";
export { type CredentialFiles, joinNode } from "./join/index.ts";
