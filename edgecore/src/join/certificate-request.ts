// x509 finds its parts through metadata: this must be loaded before it.
import "reflect-metadata";
import { createPrivateKey, webcrypto } from "node:crypto";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };

/** A new EC P-256 key and the request (RFC 2986) for its certificate, named as KubeEdge does. */
export async function makeCertificateRequest(node: string): Promise<{ key: string; csr: Buffer }> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ O: ["system:nodes"] }, { CN: [`system:node:${node}`] }],
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return {
    key: key.export({ type: "pkcs8", format: "pem" }) as string,
    csr: Buffer.from(request.rawData),
  };
}
