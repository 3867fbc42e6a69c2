import { MessageSecurityMode, SecurityPolicy } from "node-opcua-client";
import { z } from "zod";

const MODES = {
  None: MessageSecurityMode.None,
  Sign: MessageSecurityMode.Sign,
  SignAndEncrypt: MessageSecurityMode.SignAndEncrypt,
} as const;
const POLICIES = {
  None: SecurityPolicy.None,
  Basic128Rsa15: SecurityPolicy.Basic128Rsa15,
  Basic256: SecurityPolicy.Basic256,
  Basic256Sha256: SecurityPolicy.Basic256Sha256,
  Aes128_Sha256_RsaOaep: SecurityPolicy.Aes128_Sha256_RsaOaep,
  Aes256_Sha256_RsaPss: SecurityPolicy.Aes256_Sha256_RsaPss,
} as const;

/** Who may come in, and how. */
export const securityConfig = z.object({
  modes: z
    .array(z.enum(["None", "Sign", "SignAndEncrypt"]))
    .min(1)
    .default(["None"]),
  policies: z
    .array(z.enum(Object.keys(POLICIES) as [keyof typeof POLICIES]))
    .min(1)
    .default(["None", "Basic256Sha256", "Aes256_Sha256_RsaPss"]),
  /** `none` turns anonymous clients away. */
  anonymous: z.enum(["write", "read", "none"]).default("write"),
  users: z
    .array(
      z.object({
        name: z.string().min(1),
        password: z.string(),
        rights: z.enum(["write", "read"]).default("write"),
      }),
    )
    .default([]),
  /** False puts unknown clients' certificates into `server/rejected` of the PKI folder. */
  trustsClients: z.boolean().default(true),
  /** Where its certificates are kept. Default: a folder that goes with the server. */
  pkiFolder: z.string().min(1).optional(),
});
export type SecurityConfig = z.output<typeof securityConfig>;
export type SecurityOptions = z.input<typeof securityConfig>;

export function modesOf({ modes }: SecurityConfig): MessageSecurityMode[] {
  return modes.map((mode) => MODES[mode]);
}

export function policiesOf({ modes, policies }: SecurityConfig): SecurityPolicy[] {
  // The policy None belongs to the mode None alone.
  const wanted = policies.filter((policy) => policy !== "None" || modes.includes("None"));
  return wanted.map((policy) => POLICIES[policy]);
}
