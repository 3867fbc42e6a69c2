export { HUB_NAMESPACE, type HubAuthority, loadHubAuthority } from "./hub-authority.ts";
export { HubCertificates } from "./hub-certificates.ts";
export { NodeCertificates, type NodeRequest, readNodeRequest } from "./node-certificates.ts";
export { commonNameOf, isNodeName, nodeOfSubject } from "./node-identity.ts";
export { loadServerCertificate } from "./server-certificate.ts";
