/** OPC UA's modes of a secure channel, as users write them. */
export const securityModes = ["None", "Sign", "SignAndEncrypt"] as const;
export type SecurityMode = (typeof securityModes)[number];

/** Policies by the last part of their URI, the strongest first. */
export const securityPolicies = [
  "Aes256_Sha256_RsaPss",
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "Basic256",
  "Basic128Rsa15",
  "None",
] as const;
export type SecurityPolicyName = (typeof securityPolicies)[number];

/** `auto`: the strongest that the server offers. */
export const policyChoices = ["auto", ...securityPolicies] as const;
export type PolicyChoice = (typeof policyChoices)[number];

/** A mode in any spelling of either era: `SignAndEncrypt`, `sign_and_encrypt`; empty is `None`. */
export function modeOf(text: unknown): unknown {
  return found(securityModes, text);
}

/** A policy in any spelling: `Basic256Sha256`, `basic256sha256`, its URI; empty is `None`. */
export function policyOf(text: unknown): unknown {
  return found(policyChoices, typeof text === "string" ? text.replace(/^.*#/, "") : text);
}

/** What is no known word is left as it is, for the schema to refuse. */
function found(words: readonly string[], text: unknown): unknown {
  if (typeof text !== "string") return text;
  const bare = bareOf(text);
  if (bare === "") return "None";
  return words.find((word) => bareOf(word) === bare) ?? text;
}

function bareOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
