import { MapperkitError } from "@mapperkit/api";

/** What a token says (cloudhub-wire §3.12): which cloud, and, in ours, for which node. */
export interface JoinToken {
  /** Hexadecimal SHA-256 of the cloud's CA certificate in DER. */
  readonly fingerprint: string;
  /** What the cloud is shown. */
  readonly bearer: string;
  /** Absent in KubeEdge's shared tokens. */
  readonly node?: string;
}

/** @throws MapperkitError `invalid_input`; never repeats the token */
export function parseJoinToken(text: string): JoinToken {
  const [fingerprint = "", ...rest] = text.trim().split(".");
  if (rest.length !== 3 || !/^[0-9a-f]{64}$/i.test(fingerprint) || rest.includes("")) {
    throw new MapperkitError(
      "invalid_input",
      "the token has the wrong form: expected four parts with dots, as `mapperkit token create` prints them",
    );
  }
  const node = nodeIn(rest[0] ?? "");
  return {
    fingerprint: fingerprint.toLowerCase(),
    bearer: rest.join("."),
    ...(node !== undefined && { node }),
  };
}

function nodeIn(claims: string): string | undefined {
  try {
    const { node } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    return typeof node === "string" ? node : undefined;
  } catch {
    return undefined;
  }
}
