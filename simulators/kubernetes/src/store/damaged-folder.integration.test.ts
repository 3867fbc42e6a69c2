import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MapperkitError } from "@mapperkit/api";
import { createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { createKubernetes } from "../kubernetes.ts";
import { kubernetesConfig } from "../kubernetes-config.ts";
import { TestServer } from "../testing/test-server.ts";

/** A folder that was used once. */
async function usedFolder(t: { after(f: () => Promise<void>): void }): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "mapperkit-damaged-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const server = await TestServer.start({ dataDir });
  await server.stop();
  return dataDir;
}

async function startFails(dataDir: string, ...words: string[]): Promise<void> {
  await assert.rejects(TestServer.start({ dataDir }), (error) => {
    assert.ok(error instanceof MapperkitError, String(error));
    assert.equal(error.code, "invalid_input");
    for (const word of words) assert.ok(error.message.includes(word), error.message);
    return true;
  });
}

for (const [what, damage] of [
  ["half of it", (text: string) => text.slice(0, text.length / 2)],
  ["nothing", () => ""],
  ["garbage", () => "\0\u0001garbage"],
  ["another file", () => "[]"],
  ["a key cut off", (text: string) => text.replace(/-----END PRIVATE KEY-----/, "")],
] as const) {
  test(`credentials with ${what} are named, with the way out`, async (t) => {
    const dataDir = await usedFolder(t);
    const file = join(dataDir, "credentials.json");
    await writeFile(file, damage(await readFile(file, "utf8")));
    await startFails(dataDir, file, "delete it");
    await rm(file);
    const server = await TestServer.start({ dataDir });
    await server.stop();
  });
}

test("a database that is none is named as damaged", async (t) => {
  const dataDir = await usedFolder(t);
  const file = join(dataDir, "kubernetes.db");
  await writeFile(file, "garbage ".repeat(1000));
  await startFails(dataDir, file, "damaged", "delete it");
});

test("an emptied database next to credentials is a new cluster, with a warning", async (t) => {
  const dataDir = await usedFolder(t);
  const log = new MemoryLog();
  const start = async () => {
    const ports = { clock: new RealClock(), random: createRandom("test"), log };
    const kubernetes = createKubernetes(kubernetesConfig.parse({ dataDir, port: 0 }), ports);
    await kubernetes.start(new AbortController().signal);
    await kubernetes.stop();
    return log.entries.filter(({ level }) => level === "warn").map(({ message }) => message);
  };
  assert.deepEqual(await start(), []);
  await truncate(join(dataDir, "kubernetes.db"));
  assert.match((await start()).join(), /database is empty/);
});

test("folder and files are their owner's alone, also those that were not", async (t) => {
  const parent = await mkdtemp(join(tmpdir(), "mapperkit-modes-"));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const dataDir = join(parent, "data");
  const modeOf = async (name: string) => (await stat(join(dataDir, name))).mode & 0o777;
  const first = await TestServer.start({ dataDir });
  await first.stop();
  await chmod(join(dataDir, "credentials.json"), 0o644);
  await writeFile(join(dataDir, "kubeconfig.new"), "", { mode: 0o644 });
  const second = await TestServer.start({ dataDir });
  t.after(() => second.stop());
  assert.equal(await modeOf("."), 0o700);
  for (const name of ["credentials.json", "kubernetes.db", "kubernetes.db-wal", "kubeconfig"]) {
    assert.equal(await modeOf(name), 0o600, name);
  }
});
