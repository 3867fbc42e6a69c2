export type { CredentialFiles } from "./credential-files.ts";
export { joinNode } from "./join-node.ts";
