import { MapperkitError } from "@mapperkit/api";
import { CertificateClient } from "./certificate-client.ts";
import { type CredentialFiles, writeCredentials } from "./credential-files.ts";
import { parseJoinToken } from "./join-token.ts";

/**
 * Makes this machine a node of a cloud: a new key, its certificate, and the cloud's CA, in files.
 * Doing it again renews them, for instance after the certificate expired.
 * @throws MapperkitError `invalid_input`, `rejected` with the cloud's reason, `unreachable`
 */
export async function joinNode(
  wish: {
    /** `https://host:10002` */
    certificateUrl: string;
    token: string;
    /** May be left out where the token names it. */
    node?: string | undefined;
    files: CredentialFiles;
  },
  signal: AbortSignal,
): Promise<{ readonly node: string }> {
  const token = parseJoinToken(wish.token);
  const node = wish.node ?? token.node;
  if (node === undefined) {
    throw new MapperkitError("invalid_input", "the token names no node: name this one with --node");
  }
  const client = new CertificateClient(wish.certificateUrl);
  const ca = await client.fetchAuthority(token.fingerprint, signal);
  // Loaded when needed: an edge that does not join has no use for it.
  const { makeCertificateRequest } = await import("./certificate-request.ts");
  const { key, csr } = await makeCertificateRequest(node);
  const proof = { bearer: token.bearer };
  const certificate = await client.requestCertificate({ node, csr, ca, proof }, signal);
  await writeCredentials(wish.files, { ca, certificate, key });
  return { node };
}
