import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import { type CertifiedKey, createAuthority, issueCertificate } from "./index.ts";

const now = Date.now();
const authority = await createAuthority({ commonName: "mapperkit test CA", days: 3650, now });
const server = await issueCertificate(authority, {
  commonName: "cloudcore",
  dnsNames: ["localhost", "cloud.example"],
  ipAddresses: ["127.0.0.1", "::1"],
  usage: "server",
  days: 90,
  now,
});
const client = await issueCertificate(authority, {
  commonName: "system:node:pi-1",
  organizations: ["system:nodes"],
  usage: "client",
  days: 90,
  now,
});

test("node accepts the chain, the names and the dates", () => {
  const ca = new X509Certificate(authority.certificatePem);
  const leaf = new X509Certificate(server.certificatePem);
  assert.equal(ca.ca, true);
  assert.equal(leaf.ca, false);
  assert.ok(ca.verify(ca.publicKey));
  assert.ok(leaf.verify(ca.publicKey));
  assert.ok(leaf.checkIssued(ca));
  assert.equal(leaf.checkHost("cloud.example"), "cloud.example");
  assert.equal(leaf.checkIP("127.0.0.1"), "127.0.0.1");
  assert.ok(Date.parse(leaf.validFrom) < now);
  assert.equal(Math.round((Date.parse(leaf.validTo) - now) / 86_400_000), 90);
  assert.match(
    new X509Certificate(client.certificatePem).subject,
    /O=system:nodes\nCN=system:node:pi-1/,
  );
});

test("serial numbers are positive and differ", () => {
  const serials = [authority, server, client].map(
    ({ certificatePem }) => new X509Certificate(certificatePem).serialNumber,
  );
  assert.equal(new Set(serials).size, 3);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/);
});

async function handshake(presented: CertifiedKey | undefined): Promise<string> {
  const listener = createServer(
    {
      key: server.privateKeyPem,
      cert: server.certificatePem,
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => socket.end(socket.authorized ? "authorized" : String(socket.authorizationError)),
  );
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const socket = connect({
    host: "127.0.0.1",
    port: (listener.address() as AddressInfo).port,
    ca: authority.certificatePem,
    ...(presented ? { key: presented.privateKeyPem, cert: presented.certificatePem } : {}),
  });
  try {
    let said = "";
    for await (const bytes of socket) said += String(bytes);
    return said;
  } finally {
    socket.destroy();
    listener.close();
  }
}

test("mutual TLS works with them, and not without or with the wrong usage", async () => {
  assert.equal(await handshake(client), "authorized");
  assert.match(await handshake(undefined), /UNABLE_TO_GET_ISSUER_CERT|certificate/i);
  assert.match(await handshake(server), /INVALID_PURPOSE|unsupported certificate purpose/i);
});

test("an authority that is none is bad input", async () => {
  const options = { commonName: "x", usage: "client", days: 1, now } as const;
  for (const broken of [
    { ...authority, privateKeyPem: "" },
    { ...authority, privateKeyPem: authority.certificatePem },
    { ...authority, certificatePem: "nothing" },
  ]) {
    await assert.rejects(issueCertificate(broken, options), { code: "invalid_input" });
  }
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

test("openssl reads the extensions and verifies chain, purpose and host", {
  skip: hasOpenssl ? false : "openssl is not installed",
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "certificates-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const save = (name: string, pem: string) => {
    writeFileSync(join(folder, name), pem);
    return join(folder, name);
  };
  const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8" });
  const ca = save("ca.pem", authority.certificatePem);
  const leaf = save("leaf.pem", server.certificatePem);
  const clientLeaf = save("client.pem", client.certificatePem);
  const key = save("leaf.key", server.privateKeyPem);

  const caText = openssl("x509", "-in", ca, "-noout", "-text");
  assert.match(caText, /Version: 3/);
  assert.match(caText, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
  assert.match(caText, /Key Usage: critical\s+Certificate Sign, CRL Sign/);
  assert.match(caText, /ASN1 OID: prime256v1/);

  const leafText = openssl("x509", "-in", leaf, "-noout", "-text");
  assert.match(leafText, /Basic Constraints: critical\s+CA:FALSE/);
  assert.match(leafText, /X509v3 Key Usage: critical\s+Digital Signature\n/);
  assert.match(leafText, /Extended Key Usage:\s+TLS Web Server Authentication\n/);
  assert.match(
    leafText,
    /DNS:localhost, DNS:cloud\.example, IP Address:127\.0\.0\.1, IP Address:0:0/,
  );
  const idOf = (text: string, extension: string) =>
    new RegExp(`${extension} Key Identifier:\\s+(?:keyid:)?([0-9A-F:]+)`).exec(text)?.[1];
  assert.ok(idOf(leafText, "Subject"));
  assert.equal(idOf(leafText, "Authority"), idOf(caText, "Subject"));

  const verify = ["verify", "-x509_strict", "-CAfile", ca];
  openssl(...verify, "-purpose", "sslserver", "-verify_ip", "127.0.0.1", leaf);
  openssl(...verify, "-purpose", "sslserver", "-verify_hostname", "localhost", leaf);
  openssl(...verify, "-purpose", "sslclient", clientLeaf);
  assert.equal(
    openssl("pkey", "-in", key, "-pubout"),
    openssl("x509", "-in", leaf, "-noout", "-pubkey"),
  );
});
