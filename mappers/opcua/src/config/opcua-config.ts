import { join } from "node:path";
import { z } from "zod";
import { modeOf, policyChoices, policyOf, securityModes } from "./security-words.ts";

/** Peers that only know text send numbers and booleans as text. */
const number = (least: number, greatest: number) =>
  z.coerce.number().int().min(least).max(greatest);
const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean(),
);
const text = z.string().min(1);

const URL_FORM = /^opc\.tcp:\/\/[^\s/]+(\/\S*)?$/i;

const settings = z.strictObject({
  url: z.string().regex(URL_FORM, "must be like opc.tcp://host:4840/path"),
  /** Default: `SignAndEncrypt` where there is a policy, else `None`. */
  securityMode: z.preprocess(modeOf, z.enum(securityModes)).optional(),
  /** Default: the strongest that the server offers in this mode. */
  securityPolicy: z.preprocess(policyOf, z.enum(policyChoices)).optional(),
  /** Without one the login is anonymous. */
  userName: text.optional(),
  password: z.string().optional(),
  /** A file with the password, so that it is in no Device. */
  passwordFile: text.optional(),
  /** PEM or DER files of a user's certificate and its key: a login with them. */
  userCertificate: text.optional(),
  userPrivateKey: text.optional(),
  /** PEM files of this application's certificate and key. Default: made and kept in the PKI folder. */
  certificate: text.optional(),
  privateKey: text.optional(),
  /** Where certificates are: our own, trusted, rejected. Default: `opcua-pki` in MAPPERKIT_DATA or `.mapperkit`. */
  pkiFolder: text.default(() => join(process.env.MAPPERKIT_DATA ?? ".mapperkit", "opcua-pki")),
  /** Takes the certificate of a server that was never seen. */
  trustOnFirstUse: flag.default(false),
  /** False reads each property in its cycle in place of a subscription. */
  subscribe: flag.default(true),
  /** How often the server tells what changed, ms. Default: the shortest sampling interval. */
  publishingIntervalMs: number(10, 3_600_000).optional(),
  /** Longest wait for an answer, ms. */
  timeoutMs: number(100, 60_000).default(2000),
  /** The server forgets a session that was silent for so long, ms. */
  sessionTimeoutMs: number(1000, 86_400_000).default(30_000),
  /** A silent server is asked for a sign of life this often, ms. */
  keepAliveMs: number(100, 600_000).default(1000),
});

/** What v1alpha2's `protocol.common` brings along, which means nothing here. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...["reconnTimeout", "reconnRetryTimes", "collectTimeout", "collectRetryTimes", "collectType"],
  ...["commType", "serialPort", "baudRate", "dataBits", "parity", "stopBits"],
]);
const DEFAULT_PORT = 4840;

/** How a server is reached and what it is told of us. Schema of `protocol.configData`. */
export const opcuaConfig = z
  .preprocess(inOurNames, settings)
  .transform((config) => {
    const { securityPolicy: policy, securityMode: mode } = config;
    const isSecure = policy !== undefined && policy !== "None";
    const securityMode = mode ?? (isSecure ? "SignAndEncrypt" : "None");
    const securityPolicy = policy ?? (securityMode === "None" ? "None" : "auto");
    return { ...config, securityMode, securityPolicy };
  })
  .superRefine((config, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message, input: config });
    const { securityMode, securityPolicy, userName, password, passwordFile } = config;
    if ((securityMode === "None") !== (securityPolicy === "None")) {
      refuse("securityPolicy", `is ${securityPolicy} with securityMode ${securityMode}`);
    }
    for (const [one, other] of PAIRS) {
      if (config[one] !== undefined && config[other] === undefined) {
        refuse(other, `is missing, must be given with ${one}`);
      }
    }
    if (password !== undefined && passwordFile !== undefined) {
      refuse("passwordFile", "is given beside password: give one of them");
    }
    if (userName !== undefined && config.userCertificate !== undefined) {
      refuse("userCertificate", "is given beside userName: a login is one or the other");
    }
  });
export type OpcuaConfig = z.output<typeof opcuaConfig>;

const PAIRS = [
  ["certificate", "privateKey"],
  ["privateKey", "certificate"],
  ["userCertificate", "userPrivateKey"],
  ["userPrivateKey", "userCertificate"],
] as const;

/** Devices with equal endpoints share a session. */
export function endpointOf(config: OpcuaConfig): string {
  const { subscribe: _, publishingIntervalMs: __, ...session } = config;
  return JSON.stringify(Object.entries(session).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * v1alpha2's keys, as they come through conversion into configData. Its `timeout` counts seconds,
 * an empty text is one that was not set, and `ip` with `port` stand where there is no `url`.
 */
function inOurNames(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null) return raw;
  const entries = Object.entries(raw).filter(
    ([key, value]) => !WITHOUT_EFFECT.has(key) && value !== "" && value !== null,
  );
  const { timeout, ip, host = ip, port, ...named } = Object.fromEntries(entries);
  const place = host === undefined ? {} : { url: `opc.tcp://${host}:${port ?? DEFAULT_PORT}` };
  const patience = Number(timeout) > 0 ? { timeoutMs: Number(timeout) * 1000 } : {};
  return { ...place, ...patience, ...named };
}
