import { badRequest } from "../status/index.ts";

/** Where the next page begins, and which state of the store all pages show. */
export interface PagePosition {
  /** -1: the latest state; the pages then need not agree. */
  readonly resourceVersion: number;
  /** The first key that may be in the page: `namespace/name` and a NUL. */
  readonly start: string;
}

export function encodeToken({ resourceVersion, start }: PagePosition): string {
  const json = JSON.stringify({ v: "meta.k8s.io/v1", rv: resourceVersion, start });
  return Buffer.from(json).toString("base64url");
}

/** @throws StatusError 400 for a token that this server did not give */
export function decodeToken(token: string): PagePosition {
  try {
    const value = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as {
      v?: unknown;
      rv?: unknown;
      start?: unknown;
    };
    const { v, rv, start } = value;
    if (v === "meta.k8s.io/v1" && Number.isInteger(rv) && typeof start === "string") {
      return { resourceVersion: rv as number, start };
    }
  } catch {
    // Falls to the same answer as a token of a wrong shape.
  }
  throw badRequest("continue key is not valid: the token was not issued by this server");
}
