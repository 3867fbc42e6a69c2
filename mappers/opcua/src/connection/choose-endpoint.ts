import { MapperkitError } from "@mapperkit/api";
import type { EndpointDescription } from "node-opcua-client";
import type { OpcuaConfig } from "../config/opcua-config.ts";
import { type SecurityMode, securityModes, securityPolicies } from "../config/security-words.ts";

/** Logins of OPC UA part 4, UserTokenType. */
type Token = "Anonymous" | "UserName" | "Certificate" | "IssuedToken";
const TOKENS: readonly Token[] = ["Anonymous", "UserName", "Certificate", "IssuedToken"];

/**
 * The endpoint that fits what the device's config asks for.
 * @throws MapperkitError `unreachable` naming what was asked for and what the server offers
 */
export function chooseEndpoint(
  offered: readonly EndpointDescription[],
  config: OpcuaConfig,
): EndpointDescription {
  const { url, securityMode, securityPolicy } = config;
  const fitting = offered.filter((endpoint) => {
    const policy = policyNameOf(endpoint);
    const isPolicy = securityPolicy === "auto" ? policy !== "None" : policy === securityPolicy;
    return modeNameOf(endpoint) === securityMode && isPolicy && strengthOf(endpoint) >= 0;
  });
  const [best] = fitting.toSorted((a, b) => strengthOf(a) - strengthOf(b));
  if (!best) {
    throw unreachable(
      `${url} offers no securityMode ${securityMode} with securityPolicy ${securityPolicy}; it offers ${listOf(offered)}`,
    );
  }
  const token = tokenOf(config);
  const tokens = new Set((best.userIdentityTokens ?? []).map(({ tokenType }) => TOKENS[tokenType]));
  if (tokens.has(token)) return best;
  const other = offered.find((endpoint) =>
    (endpoint.userIdentityTokens ?? []).some(({ tokenType }) => TOKENS[tokenType] === token),
  );
  const where = other ? `; ${titleOf(other)} does` : "";
  throw unreachable(
    `${url} takes no ${token} login with ${titleOf(best)}, only ${[...tokens].join(", ")}${where}: check ${KEYS[token]}`,
  );
}

const KEYS: Readonly<Record<Token, string>> = {
  Anonymous: "userName and password, or userCertificate",
  UserName: "userName",
  Certificate: "userCertificate",
  IssuedToken: "userName",
};

function tokenOf({ userName, userCertificate }: OpcuaConfig): Token {
  if (userCertificate !== undefined) return "Certificate";
  return userName === undefined ? "Anonymous" : "UserName";
}

/** Lower is stronger; -1 is a policy that is unknown here. */
function strengthOf(endpoint: EndpointDescription): number {
  return (securityPolicies as readonly string[]).indexOf(policyNameOf(endpoint));
}

function listOf(offered: readonly EndpointDescription[]): string {
  const titles = new Set(offered.map(titleOf));
  return titles.size === 0 ? "nothing" : [...titles].join(", ");
}

function titleOf(endpoint: EndpointDescription): string {
  return `${modeNameOf(endpoint)}/${policyNameOf(endpoint)}`;
}

/** OPC UA counts its modes from 1. */
export function modeNameOf({ securityMode }: EndpointDescription): SecurityMode | undefined {
  return securityModes[securityMode - 1];
}

export function policyNameOf({ securityPolicyUri }: EndpointDescription): string {
  return (securityPolicyUri ?? "").replace(/^.*#/, "");
}

function unreachable(message: string): MapperkitError {
  return new MapperkitError("unreachable", message);
}
