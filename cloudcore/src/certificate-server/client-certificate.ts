import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { nodeOfSubject } from "../certificates/index.ts";

/** What a client's certificate says of it, or why it says nothing that counts. */
export type ClientIdentity =
  | { readonly node: string; readonly validUntil: number }
  | { readonly reason: string };

const JOIN = "join this node with `mapperkit join` and a new token";

/** Words for what OpenSSL found wrong; others are told as they are. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID:
    "the client certificate is not valid yet: compare the clocks of both machines",
  DEPTH_ZERO_SELF_SIGNED_CERT: `the client certificate is not of this cloud's authority: ${JOIN}`,
  SELF_SIGNED_CERT_IN_CHAIN: `the client certificate is not of this cloud's authority: ${JOIN}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the client certificate is not of this cloud's authority: ${JOIN}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the client certificate is not of this cloud's authority: ${JOIN}`,
  CERT_SIGNATURE_FAILURE: `the client certificate is not of this cloud's authority: ${JOIN}`,
  INVALID_PURPOSE: "the client certificate is not one for clients",
};

/** Who dials, by the certificate that its TLS connection proved. Headers are not believed. */
export function identifyClient(request: IncomingMessage): ClientIdentity {
  const { socket } = request;
  if (!(socket instanceof TLSSocket)) return { reason: "the connection is not TLS" };
  const certificate = socket.getPeerCertificate();
  if (!certificate?.subject) return { reason: `there is no client certificate: ${JOIN}` };
  if (!socket.authorized) {
    const code = String(socket.authorizationError);
    if (code === "CERT_HAS_EXPIRED") {
      return { reason: `the client certificate expired at ${certificate.valid_to}: ${JOIN}` };
    }
    return { reason: REASONS[code] ?? `the client certificate is refused: ${code}` };
  }
  const node = nodeOfSubject(certificate.subject);
  if (node === undefined) {
    const name = JSON.stringify(certificate.subject.CN ?? "").slice(0, 128);
    return { reason: `the client certificate's name ${name}: expected "system:node:{node}"` };
  }
  return { node, validUntil: Date.parse(certificate.valid_to) };
}
