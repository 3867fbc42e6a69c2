import { MapperkitError } from "@mapperkit/api";
import type { OpcuaConfig } from "../config/opcua-config.ts";

/** What a failed attempt says, and what to check. The first one that fits is meant. */
const CAUSES: readonly [words: RegExp, advice: (config: OpcuaConfig) => string][] = [
  [/ENOTFOUND|EAI_AGAIN/, ({ url }) => `the host of ${url} is unknown: check its name`],
  [
    /ECONNREFUSED/,
    ({ url }) => `nobody listens at ${url}: check host and port, and that the server runs`,
  ],
  [/EHOSTUNREACH|ENETUNREACH/, ({ url }) => `there is no route to ${url}: check host and network`],
  [
    /BadTcpEndpointUrlInvalid|BadTcpMessageTypeInvalid/,
    ({ url }) => `what listens at ${url} knows no such endpoint: check port and path`,
  ],
  [
    /BadUserAccessDenied|BadIdentityToken/,
    ({ userName }) =>
      userName === undefined
        ? "the login is refused: check userCertificate, or that the server takes anonymous users"
        : `the login of ${userName} is refused: check userName and password`,
  ],
  [
    /BadCertificate(?!Host)|BadSecurityChecksFailed/,
    () =>
      "the server refuses our certificate: have it trusted there (own/certs/mapperkit.pem in pkiFolder, or certificate)",
  ],
  [
    // What a server said before it hung up does not reach us.
    /rejected by server|disconnected by third party/,
    ({ url, securityMode }) =>
      securityMode === "None"
        ? `${url} hung up: check that an OPC UA server listens there, and is not full`
        : `${url} hung up while security was agreed on: have our certificate trusted there (own/certs/mapperkit.pem in pkiFolder, or certificate)`,
  ],
  [
    /BadSecurityPolicyRejected|BadSecurityModeRejected|BadSecurityModeInsufficient/,
    () => "the server refuses this security: check securityMode and securityPolicy",
  ],
  [/BadTooManySessions|BadTooManyOperations|BadTcpNotEnoughResources/, () => "the server is full"],
  [
    /BadTimeout|timed? ?out|timeout/i,
    ({ url, timeoutMs }) =>
      `${url} did not answer within ${timeoutMs} ms: check host, port and network`,
  ],
];

/** Why no session came about, in words that say what to check. */
export function connectFailure(cause: unknown, config: OpcuaConfig): MapperkitError {
  if (cause instanceof MapperkitError) return cause;
  const text = textOf(cause);
  const known = CAUSES.find(([words]) => words.test(text))?.[1](config);
  const message = known
    ? `${known} (${text})`
    : `no session with ${config.url}: ${text}; check that an OPC UA server answers there`;
  return new MapperkitError("unreachable", message, { cause });
}

/** The words of an error and of what caused it, on one line. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && !error.message.includes(String(error.code)) ? error.code : "";
  const inner = error.cause instanceof Error ? error.cause.message : "";
  return [error.message, code, inner]
    .filter((part) => part)
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .slice(0, 300);
}
