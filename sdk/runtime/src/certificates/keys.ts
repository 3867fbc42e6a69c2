import { randomBytes, webcrypto } from "node:crypto";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
export const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

const DAY_MS = 86_400_000;
/** Peers whose clocks are a little behind accept the certificate too. */
const CLOCK_SKEW_MS = 300_000;

export function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
}

export function importPrivateKey(pkcs8: ArrayBuffer): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", pkcs8, CURVE, true, ["sign"]);
}

export async function privateKeyPemOf(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = pkcs8.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

export function dayRange(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(nowMs + days * DAY_MS),
  };
}

/** 127 random bits, positive and never zero: RFC 5280 §4.1.2.2. Hexadecimal. */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
