// x509 finds its parts through metadata: this must be loaded before it.
import "reflect-metadata";
import { createHash, createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { HubAuthority } from "./hub-authority.ts";
import { commonNameOf, NODES_ORGANIZATION, nodeOfSubject } from "./node-identity.ts";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const DAY_MS = 86_400_000;
/** The hub's own clock checks the certificate; a jump back by a little must not matter. */
const NOT_BEFORE_MS = 300_000;

/** A node's wish for a certificate, its signature checked. */
export interface NodeRequest {
  readonly node: string;
  /** Hexadecimal SHA-256 of the public key. */
  readonly keyHash: string;
  readonly request: Pkcs10CertificateRequest;
}

/**
 * Reads a certificate request (RFC 2986) in DER.
 * @throws MapperkitError `invalid_input` saying what a node's request must be
 */
export async function readNodeRequest(der: Uint8Array): Promise<NodeRequest> {
  const request = parseRequest(der);
  const [names, organizations] = [
    request.subjectName.getField("CN"),
    request.subjectName.getField("O"),
  ];
  const CN = names.length === 1 ? names[0] : undefined;
  const node = nodeOfSubject({ CN, O: organizations.length === 1 ? organizations[0] : undefined });
  if (node === undefined) {
    const subject = request.subject.slice(0, 128);
    throw new MapperkitError(
      "invalid_input",
      `certificate request of ${JSON.stringify(subject)}: expected CN system:node:{node} and O ${NODES_ORGANIZATION}`,
    );
  }
  const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
  if (name !== CURVE.name || namedCurve !== CURVE.namedCurve) {
    throw new MapperkitError("invalid_input", "certificate request: expected an EC P-256 key");
  }
  if (!(await request.verify().catch(() => false))) {
    throw new MapperkitError("invalid_input", "certificate request: its signature is wrong");
  }
  const keyHash = createHash("sha256").update(Buffer.from(request.publicKey.rawData)).digest("hex");
  return { node, keyHash, request };
}

function parseRequest(der: Uint8Array): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(new Uint8Array(der));
  } catch (cause) {
    throw new MapperkitError("invalid_input", "body: expected a certificate request in DER", {
      cause,
    });
  }
}

/** Gives nodes their certificates: for clients only, and in the node's own name. */
export class NodeCertificates {
  readonly #authority: HubAuthority;
  readonly #days: number;
  readonly #clock: Clock;
  #signingKey: Promise<webcrypto.CryptoKey> | undefined;

  constructor(options: { authority: HubAuthority; days: number; clock: Clock }) {
    this.#authority = options.authority;
    this.#days = options.days;
    this.#clock = options.clock;
  }

  /** Returns DER. */
  async sign({ node, request }: NodeRequest): Promise<Buffer> {
    const now = this.#clock.now();
    const issuer = new X509Certificate(this.#authority.certificatePem);
    this.#signingKey ??= importKey(this.#authority.privateKeyPem);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ O: [NODES_ORGANIZATION] }, { CN: [commonNameOf(node)] }],
      issuer: issuer.subjectName,
      notBefore: new Date(now - NOT_BEFORE_MS),
      notAfter: new Date(now + this.#days * DAY_MS),
      publicKey: request.publicKey,
      signingKey: await this.#signingKey,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        await SubjectKeyIdentifierExtension.create(request.publicKey),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ],
    });
    return Buffer.from(certificate.rawData);
  }
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", new Uint8Array(pkcs8), CURVE, false, ["sign"]);
}

/** 127 random bits, positive and never zero: RFC 5280 §4.1.2.2. Hexadecimal. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
