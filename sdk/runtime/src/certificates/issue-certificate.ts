// x509 finds its parts through metadata: this must be loaded before it.
import "reflect-metadata";
import { MapperkitError } from "@mapperkit/api";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { CertifiedKey } from "./authority.ts";
import {
  createKeys,
  dayRange,
  importPrivateKey,
  privateKeyPemOf,
  SIGNATURE,
  serialNumber,
} from "./keys.ts";

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

const USAGES = {
  server: [ExtendedKeyUsage.serverAuth],
  client: [ExtendedKeyUsage.clientAuth],
  both: [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth],
};

/**
 * A new EC P-256 key and its certificate, signed by `authority`. RFC 5280 §4.2.
 * @throws MapperkitError `invalid_input` when the authority's PEM cannot be read
 */
export async function issueCertificate(
  authority: CertifiedKey,
  options: CertificateOptions,
): Promise<CertifiedKey> {
  const { certificate: issuer, key: signingKey } = await readAuthority(authority);
  const keys = await createKeys();
  const certificate = await X509CertificateGenerator.create({
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
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(USAGES[options.usage]),
      ...alternativeNames(options),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return {
    certificatePem: `${certificate.toString("pem")}\n`,
    privateKeyPem: await privateKeyPemOf(keys.privateKey),
  };
}

function alternativeNames(options: CertificateOptions): SubjectAlternativeNameExtension[] {
  const names: JsonGeneralNames = [
    ...(options.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  return names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : [];
}

async function readAuthority(authority: CertifiedKey) {
  try {
    const certificate = new X509Certificate(authority.certificatePem);
    const key = await importPrivateKey(PemConverter.decodeFirst(authority.privateKeyPem));
    return { certificate, key };
  } catch (cause) {
    throw new MapperkitError("invalid_input", "authority is not a certificate and its EC key", {
      cause,
    });
  }
}
