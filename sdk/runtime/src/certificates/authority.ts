// x509 finds its parts through metadata: this must be loaded before it.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createKeys, dayRange, privateKeyPemOf, SIGNATURE, serialNumber } from "./keys.ts";

/** A certificate and its private key (PKCS #8), both as PEM. */
export interface CertifiedKey {
  certificatePem: string;
  privateKeyPem: string;
}

export interface AuthorityOptions {
  readonly commonName: string;
  readonly days: number;
  /** ms since 1970; the certificate is valid from a little before. */
  readonly now: number;
}

/** A self-signed authority on EC P-256 that may sign leaf certificates only. RFC 5280 §4.2. */
export async function createAuthority(options: AuthorityOptions): Promise<CertifiedKey> {
  const keys = await createKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [options.commonName] }],
    ...dayRange(options.now, options.days),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificatePem: `${certificate.toString("pem")}\n`,
    privateKeyPem: await privateKeyPemOf(keys.privateKey),
  };
}
