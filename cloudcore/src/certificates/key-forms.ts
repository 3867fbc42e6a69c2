import { createPrivateKey, X509Certificate } from "node:crypto";
import { MapperkitError } from "@mapperkit/api";

/** KubeEdge's Secrets hold DER: certificates, and EC keys as SEC 1. Libraries want PEM, and PKCS #8. */
export function certificatePemOf(der: Uint8Array): string {
  return new X509Certificate(der).toString();
}

export function certificateDerOf(pem: string): Buffer {
  return new X509Certificate(pem).raw;
}

/** @throws MapperkitError `invalid_input` when it is neither SEC 1 nor PKCS #8 */
export function keyPemOf(der: Buffer): string {
  for (const type of ["sec1", "pkcs8"] as const) {
    try {
      const key = createPrivateKey({ key: der, format: "der", type });
      return key.export({ type: "pkcs8", format: "pem" }) as string;
    } catch {
      // The other form, then.
    }
  }
  throw new MapperkitError("invalid_input", "not a private key in DER");
}

export function keyDerOf(pem: string): Buffer {
  return createPrivateKey(pem).export({ type: "sec1", format: "der" });
}
