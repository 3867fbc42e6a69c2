import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MemoryLog, RealClock, VirtualClock } from "@mapperkit/runtime";
import { loadLibrary } from "../library.ts";
import { pkiFolder, qualityIs, runMapper } from "../testing/running-mapper.ts";
import { applicationUri, PkiFolder } from "./pki-folder.ts";

const DAY_MS = 86_400_000;
const now = new RealClock().now();

/** Asks a folder for our own certificate, some days from now. */
async function ownAt(folder: string, days: number) {
  const log = new MemoryLog();
  const { certificates } = await loadLibrary(log);
  const clock = new VirtualClock(now + days * DAY_MS);
  const parts = { certificates, folder, trustOnFirstUse: false, clock, log };
  await using pki = await PkiFolder.open(parts);
  const { certificateFile, privateKeyFile } = await pki.ownKeyPair();
  const certificate = new X509Certificate(readFileSync(certificateFile));
  return { certificate, key: readFileSync(privateKeyFile, "utf8"), log };
}

test("our own certificate is kept until 30 days before it ends, then renewed with its key", async (t) => {
  const folder = pkiFolder(t);
  const made = await ownAt(folder, 0);
  assert.match(made.certificate.subjectAltName ?? "", new RegExp(`URI:${applicationUri()}`));
  assert.deepEqual(
    made.log.entries.map(({ message }) => message),
    ["certificate was made: servers that check clients must trust it"],
  );
  const kept = await ownAt(folder, 790);
  assert.equal(kept.certificate.fingerprint, made.certificate.fingerprint);
  assert.deepEqual(kept.log.entries, []);
  const renewed = await ownAt(folder, 800);
  assert.notEqual(renewed.certificate.fingerprint, made.certificate.fingerprint);
  assert.ok(Date.parse(renewed.certificate.validTo) > now + 1600 * DAY_MS);
  assert.equal(renewed.key, made.key);
  const [said] = renewed.log.entries;
  assert.equal(said?.message, "certificate was renewed: servers that check clients must trust it");
  const thumbprint = renewed.certificate.fingerprint.replaceAll(":", "").toLowerCase();
  assert.equal(said?.fields.thumbprint, thumbprint);
});

test("what stands in the place of our certificate and is none is made anew", async (t) => {
  const folder = pkiFolder(t);
  await ownAt(folder, 0);
  const file = join(folder, "own", "certs", "mapperkit.pem");
  for (const rubbish of ["", "half a certif"]) {
    writeFileSync(file, rubbish);
    const { certificate } = await ownAt(folder, 0);
    assert.ok(Date.parse(certificate.validTo) > now);
  }
});

test("a certificate that belongs to another key is made anew", async (t) => {
  const folder = pkiFolder(t);
  const { certificate: foreign } = await ownAt(pkiFolder(t), 0);
  await ownAt(folder, 0);
  writeFileSync(join(folder, "own", "certs", "mapperkit.pem"), foreign.toString());
  const { certificate, key } = await ownAt(folder, 0);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
});

test("a folder that cannot be is named; nobody else may read what is in one", async (t) => {
  const folder = pkiFolder(t);
  const blocked = join(folder, "a-file");
  writeFileSync(blocked, "");
  await assert.rejects(ownAt(blocked, 0), {
    code: "unreachable",
    message: /pkiFolder .*a-file cannot be used: .*check its owner and rights/,
  });
  const fresh = join(folder, "fresh");
  mkdirSync(fresh, { mode: 0o755 });
  await ownAt(fresh, 0);
  assert.equal(statSync(join(fresh, "own", "private", "private_key.pem")).mode & 0o077, 0);
});

test("a device whose folder cannot be used says so", async (t) => {
  const blocked = join(pkiFolder(t), "a-file");
  writeFileSync(blocked, "");
  const { log, announce, reported } = runMapper(t);
  announce(
    "pump",
    { url: "opc.tcp://127.0.0.1:1", pkiFolder: blocked },
    {
      speed: { type: "FLOAT", configData: { nodeId: "ns=1;s=Speed" } },
    },
  );
  await reported("pump", "speed", qualityIs("Bad", "notConnected"));
  assert.ok(log.entries.some(({ fields }) => /pkiFolder .*check its/.test(String(fields.error))));
});
