import { createHash, createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import type { Clock } from "@mapperkit/runtime";
import { z } from "zod";
import type { User } from "../resources/index.ts";
import { parseStored, type Store } from "../store/index.ts";
import type { SigningKey } from "./signing-key.ts";

export const ISSUER = "https://kubernetes.default.svc";
const ALGORITHM = "RS256";
const PREFIX = "system:serviceaccount";

const named = z.object({ name: z.string(), uid: z.string() });
const claims = z.object({
  aud: z.union([z.string(), z.array(z.string())]).transform((aud) => [aud].flat()),
  jti: z.string().default(""),
  "kubernetes.io": z.object({
    namespace: z.string(),
    serviceaccount: named,
    pod: named.optional(),
    secret: named.optional(),
    node: named.optional(),
  }),
});

/** The object whose end is also the token's. */
export interface BoundObject {
  readonly kind: "pod" | "secret" | "node";
  readonly name: string;
  readonly uid: string;
}

export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Issues and checks the tokens of service accounts, as TokenRequest and TokenReview need it. */
export class AccountTokens {
  readonly #key: SigningKey;
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(o: { readonly key: SigningKey; readonly store: Store; readonly clock: Clock }) {
    this.#key = o.key;
    this.#store = o.store;
    this.#clock = o.clock;
  }

  async issue(
    subject: TokenSubject,
    o: {
      readonly audiences: readonly string[];
      /** Both from one look at the clock: making the first key takes a while. */
      readonly issuedAtMs: number;
      readonly expiresAtMs: number;
      readonly bound?: BoundObject | undefined;
    },
  ): Promise<string> {
    const key = await this.#key.findOrMake();
    const { SignJWT } = await import("jose");
    const { namespace, name, uid } = subject;
    const issuedAtS = Math.floor(o.issuedAtMs / 1000);
    const bound = o.bound && { [o.bound.kind]: { name: o.bound.name, uid: o.bound.uid } };
    const payload = { "kubernetes.io": { namespace, serviceaccount: { name, uid }, ...bound } };
    return await new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, kid: idOf(key) })
      .setIssuer(ISSUER)
      .setSubject(`${PREFIX}:${namespace}:${name}`)
      .setAudience([...o.audiences])
      .setIssuedAt(issuedAtS)
      .setNotBefore(issuedAtS)
      .setExpirationTime(Math.floor(o.expiresAtMs / 1000))
      .setJti(randomUUID())
      .sign(key);
  }

  /** Who holds the token and which of `audiences` it is for; undefined when it is not good. */
  async check(
    token: string,
    audiences: readonly string[] = [ISSUER],
  ): Promise<{ readonly user: User; readonly audiences: readonly string[] } | undefined> {
    const key = await this.#key.find();
    if (key === undefined) return undefined;
    const { jwtVerify } = await import("jose");
    const verified = await jwtVerify(token, createPublicKey(key), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      currentDate: new Date(this.#clock.now()),
    }).catch(() => undefined);
    const { data } = claims.safeParse(verified?.payload);
    if (data === undefined) return undefined;
    const shared = data.aud.filter((audience) => audiences.includes(audience));
    const { namespace, serviceaccount, pod, secret, node } = data["kubernetes.io"];
    const isAlive =
      this.#exists("serviceaccounts", namespace, serviceaccount) &&
      (pod === undefined || this.#exists("pods", namespace, pod)) &&
      (secret === undefined || this.#exists("secrets", namespace, secret)) &&
      (node === undefined || this.#exists("nodes", "", node));
    if (shared.length === 0 || !isAlive) return undefined;
    return { user: accountUser({ namespace, ...serviceaccount }, data.jti), audiences: shared };
  }

  /** `/openid/v1/jwks` */
  async keySet(): Promise<object> {
    const key = await this.#key.findOrMake();
    const { exportJWK } = await import("jose");
    const jwk = await exportJWK(createPublicKey(key));
    return { keys: [{ use: "sig", kid: idOf(key), alg: ALGORITHM, ...jwk }] };
  }

  #exists(resource: string, namespace: string, object: z.infer<typeof named>): boolean {
    const stored = this.#store.get(resource, namespace, object.name);
    if (stored?.uid !== object.uid) return false;
    return parseStored(stored).metadata.deletionTimestamp === undefined;
  }
}

function accountUser({ namespace, name, uid }: TokenSubject, tokenId: string): User {
  return {
    name: `${PREFIX}:${namespace}:${name}`,
    uid,
    groups: groupsOfAccount(namespace),
    extra: { "authentication.kubernetes.io/credential-id": [`JTI=${tokenId}`] },
  };
}

/** The groups that a service account of `namespace` is in. */
export function groupsOfAccount(namespace: string): string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
}

function idOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64url");
}
