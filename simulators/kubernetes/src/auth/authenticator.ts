import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { MASTERS_GROUP, type User } from "../resources/index.ts";
import { type AccountTokens, ISSUER } from "./account-tokens.ts";

const AUTHENTICATED = "system:authenticated";
export const ADMIN: User = { name: "kubernetes-admin", groups: [MASTERS_GROUP, AUTHENTICATED] };

/** Finds out who sends a request: by client certificate, else by bearer token. */
export class Authenticator {
  readonly #tokenHash: Buffer;
  readonly #tokens: AccountTokens;
  /** The handshake of a connection is looked at once. */
  readonly #bySocket = new WeakMap<TLSSocket, { readonly user: User | undefined }>();

  constructor(adminToken: string, tokens: AccountTokens) {
    this.#tokenHash = hashOf(adminToken);
    this.#tokens = tokens;
  }

  /** Undefined: no credentials, or wrong ones. */
  async authenticate(request: IncomingMessage): Promise<User | undefined> {
    const { authorization } = request.headers;
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    const byCertificate = this.#byCertificate(request.socket as TLSSocket);
    if (byCertificate !== undefined || token === undefined) return byCertificate;
    return (await this.checkToken(token))?.user;
  }

  /** Whose token it is and for which of `audiences`; by default those of this server. */
  async checkToken(
    token: string,
    audiences?: readonly string[],
  ): Promise<{ readonly user: User; readonly audiences: readonly string[] } | undefined> {
    if (timingSafeEqual(hashOf(token), this.#tokenHash)) {
      const shared = (audiences ?? [ISSUER]).filter((audience) => audience === ISSUER);
      return shared.length > 0 ? { user: ADMIN, audiences: shared } : undefined;
    }
    return await this.#tokens.check(token, audiences);
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
