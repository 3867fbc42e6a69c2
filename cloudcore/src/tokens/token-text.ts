import { createHash, randomBytes } from "node:crypto";

/**
 * A node's token: `{SHA-256 of the CA}.{claims}.{id}.{secret}`. Four parts as KubeEdge's
 * (cloudhub-wire §3.12), so that a stock edge joins with it: it checks the first part and sends the
 * other three.
 */
export interface NodeClaims {
  readonly node: string;
  /** Seconds since 1970. */
  readonly exp: number;
}

export interface NewToken {
  readonly id: string;
  /** What the edge sends: all but the first part. */
  readonly bearer: string;
}

export function makeNodeToken(claims: NodeClaims): NewToken {
  const id = randomBytes(6).toString("hex");
  const words = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return { id, bearer: `${words}.${id}.${randomBytes(32).toString("base64url")}` };
}

/** The id of a node's token; undefined when the text is none, for instance a JWT. */
export function tokenIdOf(bearer: string): string | undefined {
  return /^[\w-]{1,1024}\.([0-9a-f]{12})\.[\w-]{43}$/.exec(bearer)?.[1];
}

export function tokenHash(bearer: string): string {
  return createHash("sha256").update(bearer).digest("hex");
}
