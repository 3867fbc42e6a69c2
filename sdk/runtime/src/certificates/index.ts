export { type AuthorityOptions, type CertifiedKey, createAuthority } from "./authority.ts";
export { type CertificateOptions, issueCertificate } from "./issue-certificate.ts";
