import { createHmac, timingSafeEqual } from "node:crypto";
import { MapperkitError } from "@mapperkit/api";

/** As KubeEdge: renewed each 12 h, good for 24 h. */
export const SHARED_TOKEN_REFRESH_MS = 12 * 3_600_000;
const HEADER = { alg: "HS256", typ: "JWT" };

/** KubeEdge's token for every node (cloudhub-wire §3.12): the CA's hash, then a JWT that only expires. */
export function makeSharedToken(authority: { keyDer: Buffer; fingerprint: string }, now: number) {
  const exp = Math.floor((now + 2 * SHARED_TOKEN_REFRESH_MS) / 1000);
  const unsigned = `${encode(HEADER)}.${encode({ exp })}`;
  return `${authority.fingerprint}.${unsigned}.${sign(unsigned, authority.keyDer)}`;
}

/** @throws MapperkitError `rejected` */
export function checkSharedToken(jwt: string, keyDer: Buffer, now: number): void {
  const [header = "", claims = "", signature = "", rest] = jwt.split(".");
  if (rest !== undefined || decode(header)?.alg !== HEADER.alg) {
    throw new MapperkitError("rejected", "the token is refused: it is no JWT with HS256");
  }
  const [wanted, given] = [sign(`${header}.${claims}`, keyDer), signature];
  if (wanted.length !== given.length || !timingSafeEqual(Buffer.from(wanted), Buffer.from(given))) {
    throw new MapperkitError("rejected", "the token is refused: it is of another cloud");
  }
  const exp = decode(claims)?.exp;
  if (typeof exp === "number" && exp * 1000 > now) return;
  throw new MapperkitError("rejected", "the token is refused: it has expired");
}

function sign(text: string, key: Buffer): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
