import { MapperkitError } from "@mapperkit/api";
import type { JsonGeneralNames, SubjectAlternativeNameExtension } from "@peculiar/x509";
import type { CertifiedKey } from "./authority.ts";
import {
  createKeys,
  dayRange,
  importPrivateKey,
  privateKeyPemOf,
  SIGNATURE,
  serialNumber,
} from "./keys.ts";
import { loadX509, type X509 } from "./x509.ts";

export interface CertificateOptions {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usage: "server" | "client" | "both";
  readonly days: number;
  /** ms since 1970; the certificate is valid from a little before. */
  readonly now: number;
}

/** Extended key usages, RFC 5280 §4.2.1.12. */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const USAGES = {
  server: [SERVER_AUTH],
  client: [CLIENT_AUTH],
  both: [SERVER_AUTH, CLIENT_AUTH],
};

/**
 * A new EC P-256 key and its certificate, signed by `authority`. RFC 5280 §4.2.
 * @throws MapperkitError `invalid_input` when the authority's PEM cannot be read, `unsupported`
 * without the optional packages @peculiar/x509 and reflect-metadata
 */
export async function issueCertificate(
  authority: CertifiedKey,
  options: CertificateOptions,
): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const { certificate: issuer, key: signingKey } = await readAuthority(x509, authority);
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [
      ...(options.organizations ?? []).map((organization) => ({ O: [organization] })),
      { CN: [options.commonName] },
    ],
    issuer: issuer.subjectName,
    ...dayRange(options.now, options.days),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(USAGES[options.usage]),
      ...alternativeNames(x509, options),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return {
    certificatePem: `${certificate.toString("pem")}\n`,
    privateKeyPem: await privateKeyPemOf(keys.privateKey),
  };
}

function alternativeNames(
  x509: X509,
  options: CertificateOptions,
): SubjectAlternativeNameExtension[] {
  const names: JsonGeneralNames = [
    ...(options.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  return names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
}

async function readAuthority(x509: X509, authority: CertifiedKey) {
  try {
    const certificate = new x509.X509Certificate(authority.certificatePem);
    const key = await importPrivateKey(x509.PemConverter.decodeFirst(authority.privateKeyPem));
    return { certificate, key };
  } catch (cause) {
    throw new MapperkitError("invalid_input", "authority is not a certificate and its EC key", {
      cause,
    });
  }
}
