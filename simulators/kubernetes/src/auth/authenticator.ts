import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { MASTERS_GROUP, type User } from "../resources/index.ts";

const AUTHENTICATED = "system:authenticated";
export const ADMIN: User = { name: "kubernetes-admin", groups: [MASTERS_GROUP, AUTHENTICATED] };

/** Finds out who sends a request: by client certificate, else by bearer token. */
export class Authenticator {
  readonly #tokenHash: Buffer;
  /** The handshake of a connection is looked at once. */
  readonly #bySocket = new WeakMap<TLSSocket, { readonly user: User | undefined }>();

  constructor(adminToken: string) {
    this.#tokenHash = hashOf(adminToken);
  }

  /** Undefined: no credentials, or wrong ones. */
  authenticate(request: IncomingMessage): User | undefined {
    const { authorization } = request.headers;
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    const byCertificate = this.#byCertificate(request.socket as TLSSocket);
    if (byCertificate !== undefined || token === undefined) return byCertificate;
    return timingSafeEqual(hashOf(token), this.#tokenHash) ? ADMIN : undefined;
  }

  #byCertificate(socket: TLSSocket): User | undefined {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known.user;
    const user = socket.authorized ? userOf(socket) : undefined;
    this.#bySocket.set(socket, { user });
    return user;
  }
}

/** The certificate's common name is the user, its organizations are the groups. */
function userOf(socket: TLSSocket): User | undefined {
  const subject = socket.getPeerCertificate().subject as
    | { readonly CN?: string | string[]; readonly O?: string | string[] }
    | undefined;
  const name = [subject?.CN ?? []].flat()[0];
  if (name === undefined) return undefined;
  return { name, groups: [...[subject?.O ?? []].flat(), AUTHENTICATED] };
}

/** Equal lengths, so that the comparison tells nothing. */
function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
