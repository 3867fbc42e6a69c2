import type { IncomingMessage } from "node:http";
import { identifyClient } from "../certificate-server/index.ts";
import { type Handshake, identifyByHeader } from "./handshake.ts";

/** The node is who its certificate says, and must also say so itself (cloudhub-wire §3.2). */
export function identifyByCertificate(request: IncomingMessage): Handshake {
  const claimed = identifyByHeader(request);
  if ("refusedWith" in claimed) return claimed;
  const client = identifyClient(request);
  if ("reason" in client) {
    return { refusedWith: 401, reason: client.reason, node: claimed.node };
  }
  if (client.node !== claimed.node) {
    const reason = `header node_id ${JSON.stringify(claimed.node)}: the client certificate is node ${client.node}'s`;
    return { refusedWith: 403, reason, node: claimed.node };
  }
  return { node: client.node, validUntil: client.validUntil };
}
