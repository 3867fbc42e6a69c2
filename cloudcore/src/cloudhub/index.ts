export { CloudHub, type NodeListener } from "./cloud-hub.ts";
export { dispatchBySource } from "./dispatch-by-source.ts";
export { type Handshake, type IdentifyNode, identifyByHeader } from "./handshake.ts";
export { type HubConfig, hubConfig } from "./hub-config.ts";
export { identifyByCertificate } from "./identify-by-certificate.ts";
