import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadKubeconfig } from "./kubeconfig.ts";

async function written(t: TestContext, cluster: object, user: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "config");
  const config = {
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "c", user: "u", namespace: "plant" } }],
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:6443/", ...cluster } }],
    users: [{ name: "u", user }],
  };
  await writeFile(file, JSON.stringify(config));
  await writeFile(join(folder, "ca.pem"), "CA");
  await writeFile(join(folder, "token"), "secret\n");
  return file;
}

test("data and files, the files relative to the kubeconfig", async (t) => {
  const file = await written(
    t,
    { "certificate-authority": "ca.pem" },
    {
      "client-certificate-data": Buffer.from("CERT").toString("base64"),
      "client-key-data": Buffer.from("KEY").toString("base64"),
      tokenFile: "token",
    },
  );
  assert.deepEqual(await loadKubeconfig(file), {
    server: "https://127.0.0.1:6443",
    namespace: "plant",
    insecureSkipTlsVerify: false,
    ca: "CA",
    certificate: "CERT",
    key: "KEY",
    token: "secret",
  });
});

for (const field of ["exec", "auth-provider", "username"]) {
  test(`a user with ${field} is refused, naming user and field`, async (t) => {
    const file = await written(t, {}, { [field]: {} });
    await assert.rejects(loadKubeconfig(file), {
      code: "unsupported",
      message: new RegExp(`user "u" has "${field}"`),
    });
  });
}

test("a kubeconfig that is missing, not YAML, or names what it lacks says so", async (t) => {
  const file = await written(t, {}, {});
  await assert.rejects(loadKubeconfig(`${file}-none`), {
    code: "invalid_input",
    message: /kubeconfig .*-none/,
  });
  await writeFile(file, "a: [");
  await assert.rejects(loadKubeconfig(file), { code: "invalid_input", message: /not YAML/ });
  await writeFile(file, '{"current-context":"gone"}');
  await assert.rejects(loadKubeconfig(file), { message: /current-context "gone"/ });
  await writeFile(file, "[]");
  await assert.rejects(loadKubeconfig(file), { message: /not a kubeconfig/ });
});
