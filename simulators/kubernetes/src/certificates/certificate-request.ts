import { createPublicKey, verify } from "node:crypto";
import { oidText, readAll, readDer, SEQUENCE, SET } from "./der.ts";

const PEM = /^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----\s+([A-Za-z0-9+/=\s]+)-----END/m;
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const ALTERNATIVE_NAMES = "2.5.29.17";
const HASHES: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

/** A PKCS #10 request whose sender holds the key. RFC 2986 */
export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** DER of the name and of the key, as they stand in the certificate. */
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  /** DER of the subjectAltName's value, where the request asks for names. */
  readonly alternativeNames: Buffer | undefined;
}

/** @throws Error in the real server's words where it is no such request or not signed by its key */
export function readCertificateRequest(text: string): CertificateRequest {
  const base64 = PEM.exec(text)?.[1];
  if (base64 === undefined) {
    throw new Error("PEM block type must be CERTIFICATE REQUEST");
  }
  let parts: ReturnType<typeof readParts>;
  try {
    parts = readParts(Buffer.from(base64, "base64"));
  } catch (cause) {
    throw new Error("asn1: structure error: it is not a certificate request", { cause });
  }
  const { info, algorithm, signature, ...request } = parts;
  const hash = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined;
  const key = createPublicKey({ key: request.publicKey, format: "der", type: "spki" });
  if (hash === undefined || !verify(hash, info, key, signature)) {
    throw new Error("x509: the request is not signed by its own key");
  }
  return request;
}

function readParts(bytes: Buffer) {
  const [info, algorithm, signature] = readAll(readDer(bytes).content);
  const [, subject, publicKey, attributes] = info ? readAll(info.content) : [];
  if (!info || !algorithm || !signature || subject?.tag !== SEQUENCE || !publicKey) {
    throw new RangeError("members are missing");
  }
  const [id] = readAll(algorithm.content);
  const names = readNames(subject.content);
  return {
    info: info.bytes,
    algorithm: oidText(id?.content ?? Buffer.alloc(0)),
    signature: signature.content.subarray(1),
    commonName: names.get(COMMON_NAME)?.[0] ?? "",
    organizations: names.get(ORGANIZATION) ?? [],
    subject: subject.bytes,
    publicKey: publicKey.bytes,
    alternativeNames: readAlternativeNames(attributes?.content),
  };
}

function readNames(content: Buffer): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const set of readAll(content)) {
    for (const pair of set.tag === SET ? readAll(set.content) : []) {
      const [type, value] = readAll(pair.content);
      if (!type || !value) continue;
      const key = oidText(type.content);
      names.set(key, [...(names.get(key) ?? []), value.content.toString("utf8")]);
    }
  }
  return names;
}

function readAlternativeNames(attributes: Buffer | undefined): Buffer | undefined {
  for (const attribute of attributes ? readAll(attributes) : []) {
    const [type, values] = readAll(attribute.content);
    if (!type || !values || oidText(type.content) !== EXTENSION_REQUEST) continue;
    const [extensions] = readAll(values.content);
    for (const extension of extensions ? readAll(extensions.content) : []) {
      const members = readAll(extension.content);
      const id = members[0] && oidText(members[0].content);
      if (id === ALTERNATIVE_NAMES) return members.at(-1)?.content;
    }
  }
  return undefined;
}
