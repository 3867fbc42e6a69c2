export { CertificateServer } from "./certificate-server.ts";
export {
  type CertificateServerConfig,
  certificateServerConfig,
} from "./certificate-server-config.ts";
export { identifyClient } from "./client-certificate.ts";
