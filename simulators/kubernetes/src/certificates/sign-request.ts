import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from "node:crypto";
import type { CertificateRequest } from "./certificate-request.ts";
import {
  bitString,
  der,
  integer,
  octetString,
  oid,
  readAll,
  readDer,
  SEQUENCE,
  time,
} from "./der.ts";

const ECDSA_SHA256 = der(SEQUENCE, oid("1.2.840.10045.4.3.2"));
const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;
const KEY_ID = 0x80;
const TRUE = Buffer.of(0x01, 0x01, 0xff);
/** digitalSignature and keyEncipherment: the first and the third bit of one byte. */
const KEY_USAGE = bitString(Buffer.of(0xa0), 5);
const BACKDATED_MS = 5 * 60_000;
const PURPOSES: Readonly<Record<string, string>> = {
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
};

export interface Authority {
  readonly certificatePem: string;
  /** EC P-256, PKCS #8 */
  readonly privateKeyPem: string;
}

/** A certificate for the key and name of `request`, in PEM. RFC 5280 §4 */
export function signRequest(
  authority: Authority,
  request: CertificateRequest,
  o: { readonly usages: readonly string[]; readonly nowMs: number; readonly seconds: number },
): string {
  const issuer = new X509Certificate(authority.certificatePem);
  const serial = randomBytes(16);
  // A positive number without leading zeros.
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  const body = der(
    SEQUENCE,
    der(EXPLICIT_0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_SHA256,
    subjectOf(issuer),
    der(SEQUENCE, time(o.nowMs - BACKDATED_MS), time(o.nowMs + o.seconds * 1000)),
    request.subject,
    request.publicKey,
    der(EXPLICIT_3, der(SEQUENCE, ...extensions(issuer, request, o.usages))),
  );
  const signature = sign("sha256", body, createPrivateKey(authority.privateKeyPem));
  const bytes = der(SEQUENCE, body, ECDSA_SHA256, bitString(signature));
  const lines = bytes.toString("base64").replace(/(.{64})(?=.)/g, "$1\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** The sixth member of the certificate's body, after version, serial, algorithm, issuer, validity. */
function subjectOf(certificate: X509Certificate): Buffer {
  const [body] = readAll(readDer(certificate.raw).content);
  const subject = body && readAll(body.content)[5];
  if (subject === undefined) throw new RangeError("the authority's certificate has no subject");
  return subject.bytes;
}

function extensions(
  issuer: X509Certificate,
  { alternativeNames }: CertificateRequest,
  usages: readonly string[],
): Buffer[] {
  const purposes = usages.flatMap((usage) => PURPOSES[usage] ?? []).map(oid);
  const list = [
    extension("2.5.29.15", KEY_USAGE, true),
    extension("2.5.29.19", der(SEQUENCE), true),
    extension("2.5.29.35", der(SEQUENCE, der(KEY_ID, keyIdOf(issuer)))),
  ];
  if (purposes.length > 0) list.push(extension("2.5.29.37", der(SEQUENCE, ...purposes)));
  if (alternativeNames !== undefined) list.push(extension("2.5.29.17", alternativeNames));
  return list;
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return der(SEQUENCE, oid(id), ...(isCritical ? [TRUE] : []), octetString(value));
}

/** RFC 5280 §4.2.1.2 (1): the hash of the key's bits. */
function keyIdOf(issuer: X509Certificate): Buffer {
  const spki = issuer.publicKey.export({ type: "spki", format: "der" });
  const bits = readAll(readDer(spki).content)[1];
  return createHash("sha1")
    .update(bits?.content.subarray(1) ?? Buffer.alloc(0))
    .digest();
}
