import { MapperkitError } from "@mapperkit/api";
import type { SecurityOptions } from "../server/security.ts";

type Mode = NonNullable<SecurityOptions["modes"]>[number];
type Policy = NonNullable<SecurityOptions["policies"]>[number];

/** Where a Device says that its server is, and how it means to come in. */
export interface DevicePlace {
  readonly host: string;
  readonly port: number;
  readonly mode: Mode;
  /** Undefined leaves it to the server. */
  readonly policy: Policy | undefined;
  readonly user: { readonly name: string; readonly password: string } | undefined;
  /** A user's certificate in place of a name. */
  readonly hasUserCertificate: boolean;
  /** Its certificates are in a folder of its owner's. */
  readonly hasOwnPkiFolder: boolean;
}

const MODES: readonly Mode[] = ["None", "Sign", "SignAndEncrypt"];
const POLICIES: readonly Policy[] = [
  ...(["None", "Basic128Rsa15", "Basic256", "Basic256Sha256"] as const),
  ...(["Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"] as const),
];
const USUAL_PORT = 4840;

/** Reads `protocol.configData` of either era. @throws MapperkitError whose `details.key` names what is wrong */
export function readDevicePlace(
  configData: unknown,
  passwordIn: (file: string) => string,
): DevicePlace {
  const given = Object(configData ?? {}) as Readonly<Record<string, unknown>>;
  const { host, port } = addressOf(given);
  const policy = wordOf(POLICIES, given, "securityPolicy");
  const isSecure = policy !== undefined && policy !== "None";
  const mode = wordOf(MODES, given, "securityMode") ?? (isSecure ? "SignAndEncrypt" : "None");
  const { userName, password, passwordFile } = given;
  const isNamed = typeof userName === "string" && userName !== "";
  const secret = typeof passwordFile === "string" ? passwordIn(passwordFile) : `${password ?? ""}`;
  const user = isNamed ? { name: userName, password: secret } : undefined;
  const hasUserCertificate = Boolean(given.userCertificate);
  const hasOwnPkiFolder = Boolean(given.pkiFolder);
  return { host, port, mode, policy, user, hasUserCertificate, hasOwnPkiFolder };
}

function addressOf({ url, ip, host = ip, port }: Readonly<Record<string, unknown>>) {
  const text = url || `opc.tcp://${host ?? ""}:${port ?? USUAL_PORT}`;
  const parsed = URL.parse(String(text).replace(/^opc\.tcp:/i, "http:"));
  if (!parsed || !/^opc\.tcp:/i.test(String(text))) {
    throw faulty("url", `is ${text}, must be like opc.tcp://127.0.0.1:4840`);
  }
  if (!/^(localhost|\[::1\]|127(\.\d+){3})$/.test(parsed.hostname)) {
    throw faulty("url", `is ${text}, but a simulator only listens on this machine: 127.0.0.1`);
  }
  const isPlain = /^opc\.tcp:\/\/[^/]*:80(\/|$)/i.test(String(text));
  return { host: parsed.hostname, port: isPlain ? 80 : Number(parsed.port || USUAL_PORT) };
}

/** Both eras spell as they like: `sign_and_encrypt`, `Basic256Sha256`, a URI. */
function wordOf<const W extends string>(
  words: readonly W[],
  given: Readonly<Record<string, unknown>>,
  key: string,
): W | undefined {
  const bare = (text: string) =>
    text
      .replace(/^.*#/, "")
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, "");
  const text = bare(String(given[key] ?? ""));
  if (text === "" || text === "auto") return undefined;
  const word = words.find((one) => bare(one) === text);
  if (word) return word;
  throw faulty(key, `is ${given[key]}, must be one of ${words.join(", ")}`);
}

function faulty(key: string, what: string): MapperkitError {
  return new MapperkitError("invalid_input", `protocol.configData.${key} ${what}`, {
    details: { key },
  });
}
