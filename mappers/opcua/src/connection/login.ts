import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { MapperkitError } from "@mapperkit/api";
import type { UserIdentityInfo } from "node-opcua-client";
import type { OpcuaConfig } from "../config/opcua-config.ts";
import type { Opcua } from "../library.ts";

/** Who logs in, read from the files that the config names. @throws MapperkitError `unreachable` */
export function loginOf({ UserTokenType }: Opcua, config: OpcuaConfig): UserIdentityInfo {
  const { userName, password, passwordFile, userCertificate, userPrivateKey } = config;
  if (userCertificate !== undefined && userPrivateKey !== undefined) {
    const certificate = readKey(
      "userCertificate",
      userCertificate,
      (bytes) => new X509Certificate(bytes).raw,
    );
    const privateKey = readKey("userPrivateKey", userPrivateKey, (bytes) =>
      createPrivateKey(bytes).export({ type: "pkcs8", format: "pem" }).toString(),
    );
    return { type: UserTokenType.Certificate, certificateData: certificate, privateKey };
  }
  if (userName === undefined) return { type: UserTokenType.Anonymous };
  const secret =
    passwordFile === undefined
      ? (password ?? "")
      : readKey("passwordFile", passwordFile, (bytes) => bytes.toString("utf8").trimEnd());
  return { type: UserTokenType.UserName, userName, password: secret };
}

/** The device is tried again: whoever puts the file right need not restart anything. */
function readKey<T>(field: string, file: string, read: (bytes: Buffer) => T): T {
  try {
    return read(readFileSync(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("unreachable", `${field} ${file} cannot be used: ${why}`, { cause });
  }
}
