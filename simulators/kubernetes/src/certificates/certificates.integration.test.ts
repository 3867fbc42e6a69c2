import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { TestServer } from "../testing/test-server.ts";
import { readCertificateRequest } from "./certificate-request.ts";

const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/** A key and a request of openssl's making. */
function newRequest(subject: string, key: readonly string[] = ["rsa:2048"], more: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "mapperkit-csr-"));
  const keyFile = join(folder, "key");
  const args = ["req", "-new", "-nodes", "-subj", subject, "-keyout", keyFile];
  const pem = execFileSync("openssl", [...args, "-newkey", ...key, ...more], {
    stdio: ["ignore", "pipe", "ignore"],
  }).toString();
  const keyPem = readFileSync(keyFile, "utf8");
  rmSync(folder, { recursive: true });
  return { pem, keyPem };
}

function body(pem: string, more: object = {}): object {
  return {
    metadata: { name: "bob" },
    spec: {
      request: Buffer.from(pem).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
      ...more,
    },
  };
}

const APPROVED = { type: "Approved", status: "True", reason: "ByTest" };

function whoAmI(server: TestServer, cert: string, key: string): Promise<string> {
  const agent = new Agent({ ca: server.tls().ca, cert, key });
  const url = `${server.kubernetes.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve(text);
    });
    sent.once("error", reject);
    sent.end("{}");
  });
}

for (const key of [["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["ed25519"]]) {
  test(`an approved request with a ${key[0]} key becomes a certificate that the server trusts`, async () => {
    await using server = await TestServer.start();
    const { pem, keyPem } = newRequest("/O=developers/CN=bob", key, [
      "-addext",
      "subjectAltName=DNS:bob.example.com",
    ]);
    const made = await server.post(REQUESTS, body(pem, { expirationSeconds: 3600 }));
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.spec.username, "kubernetes-admin");
    const before = await server.get(`${REQUESTS}/bob`);
    assert.equal(before.body.status?.certificate, undefined);
    const conditions = [APPROVED];
    const approved = await server.put(`${REQUESTS}/bob/approval`, {
      ...before.body,
      status: { conditions },
    });
    assert.equal(approved.status, 200, approved.text);
    const { body: signed } = await server.get(`${REQUESTS}/bob`);
    const certificate = Buffer.from(signed.status.certificate, "base64").toString();
    const read = new X509Certificate(certificate);
    assert.equal(read.subject, "O=developers\nCN=bob");
    assert.equal(read.subjectAltName, "DNS:bob.example.com");
    assert.deepEqual(read.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
    assert.ok(read.verify(new X509Certificate(server.tls().ca).publicKey));
    const answer = JSON.parse(await whoAmI(server, certificate, keyPem));
    assert.deepEqual(answer.status.userInfo, {
      username: "bob",
      groups: ["developers", "system:authenticated"],
    });
  });
}

test("requests that are none, or ask for too much, are refused", async () => {
  await using server = await TestServer.start();
  const { pem } = newRequest("/O=system:masters/CN=eve");
  const masters = await server.post(REQUESTS, body(pem));
  assert.equal(masters.status, 403);
  assert.match(
    masters.body.message,
    /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed/,
  );
  const short = await server.post(REQUESTS, body(pem, { expirationSeconds: 60 }));
  assert.match(
    short.body.message,
    /spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds \(10 minutes\)/,
  );
  const rubbish = await server.post(REQUESTS, body("rubbish"));
  assert.match(rubbish.body.message, /PEM block type must be CERTIFICATE REQUEST/);
  const forged = pem.replace(/[A-Za-z](?=[^\n]{8}\n-----END)/, (c) => (c === "A" ? "B" : "A"));
  assert.equal((await server.post(REQUESTS, body(forged))).status, 422);
});

test("no bytes make the reader of requests fail otherwise than by an error", () => {
  const pem = (bytes: Uint8Array) =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString("base64")}\n-----END CERTIFICATE REQUEST-----`;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      assert.throws(() => readCertificateRequest(pem(bytes)), /asn1|x509|PEM|error/);
    }),
  );
});
