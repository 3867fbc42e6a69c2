import type { Clock, Log, Random } from "@mapperkit/runtime";
import { CertificateRenewal } from "../join/certificate-renewal.ts";
import { type Credentials, readCredentials } from "../join/credential-files.ts";
import { type CloudSettings, certificateUrlOf } from "./cloud-settings.ts";

/** What a link over TLS needs beside the hub; undefined for a plain one. */
export interface SecureLink {
  readonly credentials: () => Promise<Credentials>;
  /** Keeps the certificate fresh; `onRenewed` is told when the hub should dial anew. */
  renewal(onRenewed: () => void): CertificateRenewal;
}

export function secureLink(
  settings: CloudSettings,
  parts: { node: string; clock: Clock; random: Random; log: Log },
): SecureLink | undefined {
  const { ca, certificate, key } = settings;
  if (!ca || !certificate || !key) return undefined;
  const files = { ca, certificate, key };
  return {
    credentials: () => readCredentials(files),
    renewal: (onRenewed) =>
      new CertificateRenewal({
        ...parts,
        certificateUrl: certificateUrlOf(settings),
        files,
        onRenewed,
      }),
  };
}
