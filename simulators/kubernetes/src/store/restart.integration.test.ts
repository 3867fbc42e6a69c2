import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { TestServer } from "../testing/test-server.ts";

const CONFIGMAPS = "/api/v1/namespaces/default/configmaps";

const PROGRAM = `
  import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
  import { RealClock, silentLog, systemRandom } from "@mapperkit/runtime";
  const config = kubernetesConfig.parse({ dataDir: process.argv[1], port: 0 });
  const ports = { clock: new RealClock(), random: systemRandom(), log: silentLog };
  const kubernetes = createKubernetes(config, ports);
  await kubernetes.start(new AbortController().signal);
  console.log(kubernetes.url);
`;

async function startProcess(dataDir: string): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(
    process.execPath,
    ["-C", "source", "--input-type=module", "-e", PROGRAM, dataDir],
    { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] },
  );
  assert.ok(child.stdout);
  const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { process: child, url };
}

/** Writes config maps one after another until the server is gone; gives the acknowledged names. */
async function writeUntilGone(url: string, tls: object, killAt: () => void): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, ...tls });
  const acknowledged: string[] = [];
  for (let n = 0; ; n++) {
    if (n === 200) killAt();
    const name = `c${n}`;
    try {
      await post(`${url}${CONFIGMAPS}`, agent, JSON.stringify({ metadata: { name } }));
    } catch {
      agent.destroy();
      return acknowledged;
    }
    acknowledged.push(name);
  }
}

function post(url: string, agent: Agent, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent }, (response) => {
      response.resume().once("end", resolve).once("error", reject);
      if (response.statusCode !== 201) reject(new Error(`answered ${response.statusCode}`));
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

test("SIGKILL loses no acknowledged write, and versions go on rising", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "mapperkit-kill-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const { process: child, url } = await startProcess(dataDir);
  t.after(() => child.kill("SIGKILL"));
  const keys = JSON.parse(await readFile(join(dataDir, "credentials.json"), "utf8"));
  const tls = { ca: keys.authorityPem, cert: keys.adminCertificatePem, key: keys.adminKeyPem };
  const acknowledged = await writeUntilGone(url, tls, () => child.kill("SIGKILL"));
  assert.ok(acknowledged.length >= 200, `${acknowledged.length} writes before the end`);
  await using server = await TestServer.start({ dataDir });
  const { body } = await server.get(CONFIGMAPS);
  const names = new Set(
    body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
  );
  const lost = acknowledged.filter((name) => !names.has(name));
  assert.deepEqual(lost, []);
  const versions = body.items.map((item: { metadata: { resourceVersion: string } }) =>
    Number(item.metadata.resourceVersion),
  );
  assert.equal(Number(body.metadata.resourceVersion), Math.max(...versions));
  assert.equal(new Set(versions).size, versions.length);
});

test("a restart keeps objects, watches that come back, and the kubeconfig's keys", async () => {
  await using first = await TestServer.start();
  const made = await first.post(CONFIGMAPS, { metadata: { name: "a" } });
  await first.post(CONFIGMAPS, { metadata: { name: "b" } });
  await first.delete(`${CONFIGMAPS}/a`);
  const keys = first.tls();
  await first.stop();
  await using second = await TestServer.start({ dataDir: first.dataDir });
  assert.deepEqual(second.tls(), keys);
  const from = made.body.metadata.resourceVersion;
  await using watch = await second.watch(`${CONFIGMAPS}?watch=1&resourceVersion=${from}`);
  assert.deepEqual(await watch.take(2), ["ADDED b", "DELETED a"]);
  const next = await second.post(CONFIGMAPS, { metadata: { name: "c" } });
  assert.equal(next.status, 201);
  assert.ok(Number(next.body.metadata.resourceVersion) > Number(from) + 2);
});

test("a folder that another server uses is refused in one line that names it", async () => {
  await using server = await TestServer.start();
  await assert.rejects(TestServer.start({ dataDir: server.dataDir }), (error) => {
    assert.ok(error instanceof MapperkitError);
    assert.equal(error.code, "invalid_input");
    assert.ok(error.message.includes(server.dataDir), error.message);
    assert.ok(!error.message.includes("\n"));
    return true;
  });
  assert.equal((await server.get(CONFIGMAPS)).status, 200, "the first goes on");
});

test("a folder that cannot be made is refused naming it", async () => {
  const dataDir = join(import.meta.filename, "below-a-file");
  await assert.rejects(TestServer.start({ dataDir }), (error) => {
    assert.ok(error instanceof MapperkitError);
    assert.equal(error.code, "invalid_input");
    assert.ok(error.message.includes(dataDir));
    return true;
  });
});
