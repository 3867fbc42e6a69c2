import assert from "node:assert/strict";
import { mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import { readCredentials, validityOf, writeCredentials } from "./credential-files.ts";

const NOW = Date.UTC(2026, 0, 1);

async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "credentials-"));
  t.after(() => rm(folder, { recursive: true }));
  const at = (name: string) => join(folder, "certs", name);
  const files = { ca: at("rootCA.crt"), certificate: at("server.crt"), key: at("server.key") };
  const authority = await createAuthority({ commonName: "KubeEdge", days: 9, now: NOW });
  const issue = async () => {
    const wish = { commonName: "system:node:e", usage: "client", days: 1, now: NOW } as const;
    const made = await issueCertificate(authority, wish);
    return { certificate: made.certificatePem, key: made.privateKeyPem };
  };
  return { folder, files, ca: authority.certificatePem, issue };
}

test("what is written is read, by its owner only, and nothing else is left", async (t) => {
  const { folder, files, ca, issue } = await setUp(t);
  const pair = await issue();
  await writeCredentials(files, { ca, ...pair });
  assert.deepEqual(await readCredentials(files), { ca, ...pair });
  const names = (await readdir(join(folder, "certs"))).sort();
  assert.deepEqual(names, ["rootCA.crt", "server.crt", "server.key"]);
  for (const file of Object.values(files)) assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal(validityOf(pair.certificate).until, NOW + 86_400_000);
});

test("a crash between the two renames of a renewal leaves a pair, the old or the new", async (t) => {
  const { files, ca, issue } = await setUp(t);
  const [before, after] = [await issue(), await issue()];
  await writeCredentials(files, { ca, ...before });
  await writeFile(`${files.key}.next`, after.key);
  assert.deepEqual(await readCredentials(files), { ca, ...before });
  await writeFile(files.certificate, after.certificate);
  assert.deepEqual(await readCredentials(files), { ca, ...after });
  assert.deepEqual(await readCredentials(files), { ca, ...after });
});

test("what is missing or no pair is named, with what to do", async (t) => {
  const { files, ca, issue } = await setUp(t);
  await assert.rejects(readCredentials(files), /rootCA\.crt cannot be read: join this node with/);
  await writeCredentials(files, { ca, ...(await issue()) });
  await writeFile(files.key, (await issue()).key);
  await assert.rejects(readCredentials(files), /server\.key is not the key of .*server\.crt/);
  await rename(files.key, files.certificate);
  await assert.rejects(readCredentials(files), /is not PEM/);
});
