export { ADMIN, Authenticator } from "./authenticator.ts";
export { type Credentials, loadCredentials, writeSecret } from "./credentials.ts";
export { kubeconfigText } from "./kubeconfig.ts";
