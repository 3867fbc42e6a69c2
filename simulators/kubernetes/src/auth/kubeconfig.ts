import { ADMIN } from "./authenticator.ts";
import type { Credentials } from "./credentials.ts";

const NAME = "mapperkit";

/** The admin's kubeconfig: client certificate and token, context and cluster `mapperkit`. */
export function kubeconfigText(url: string, credentials: Credentials): string {
  const base64 = (pem: string) => Buffer.from(pem).toString("base64");
  return `apiVersion: v1
kind: Config
current-context: ${NAME}
clusters:
- name: ${NAME}
  cluster:
    server: ${url}
    certificate-authority-data: ${base64(credentials.authorityPem)}
contexts:
- name: ${NAME}
  context:
    cluster: ${NAME}
    namespace: default
    user: ${ADMIN.name}
users:
- name: ${ADMIN.name}
  user:
    client-certificate-data: ${base64(credentials.adminCertificatePem)}
    client-key-data: ${base64(credentials.adminKeyPem)}
    token: ${credentials.adminToken}
preferences: {}
`;
}
