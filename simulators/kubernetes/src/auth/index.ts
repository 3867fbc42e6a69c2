export { AccountTokens, type BoundObject, ISSUER } from "./account-tokens.ts";
export { ADMIN, Authenticator } from "./authenticator.ts";
export { type Credentials, loadCredentials, writeSecret } from "./credentials.ts";
export { impersonate } from "./impersonate.ts";
export { kubeconfigText } from "./kubeconfig.ts";
export { SigningKey } from "./signing-key.ts";
