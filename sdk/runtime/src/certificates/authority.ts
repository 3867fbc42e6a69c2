import { createKeys, dayRange, privateKeyPemOf, SIGNATURE, serialNumber } from "./keys.ts";
import { loadX509 } from "./x509.ts";

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

/**
 * A self-signed authority on EC P-256 that may sign leaf certificates only. RFC 5280 §4.2.
 * @throws MapperkitError `unsupported` without the optional packages @peculiar/x509 and reflect-metadata
 */
export async function createAuthority(options: AuthorityOptions): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [options.commonName] }],
    ...dayRange(options.now, options.days),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificatePem: `${certificate.toString("pem")}\n`,
    privateKeyPem: await privateKeyPemOf(keys.privateKey),
  };
}
